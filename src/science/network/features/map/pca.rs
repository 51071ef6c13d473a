//! Principal components of the training inputs.

use garde::Validate;
use ndarray::{Array1, Array2, Axis};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Fitted, Map, project};
use crate::science::eigen::symmetric;
use crate::science::family::Item;
use crate::science::network::footprint::{Footprint, count};
use crate::science::seed::Stream;

/// Projections on the principal axes of the training inputs, centred and scaled
/// to unit variance there (Pearson 1901). The axes are read off the training
/// inputs, never off targets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Pca {
    /// Components, largest variance first; at most as many as inputs.
    #[garde(range(min = 1, max = 1024))]
    pub components: usize,
}

impl Item for Pca {
    const SUMMARY: &'static str = "principal components of the training inputs, whitened (Pearson 1901)";

    fn example() -> Self {
        Self { components: 3 }
    }
}

/// Variances below this share of the largest are taken as none.
const SMALLEST: f64 = 1e-12;

impl Map for Pca {
    fn width(&self, inputs: usize) -> Option<usize> {
        // more inputs would make the eigenvalues take minutes
        (inputs <= 1024).then(|| self.components.min(inputs))
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn fit(&self, inputs: &Array2<f32>, _stream: &mut Stream) -> Fitted {
        let (n, d) = inputs.dim();
        let data = inputs.mapv(f64::from);
        let mean = data.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(d));
        let mut covariance = Array2::<f64>::zeros((d, d));
        for row in data.rows() {
            for i in 0..d {
                for j in 0..=i {
                    covariance[[i, j]] += (row[i] - mean[i]) * (row[j] - mean[j]) / n as f64;
                }
            }
        }
        let whole = Array2::from_shape_fn((d, d), |(i, j)| covariance[[i.max(j), i.min(j)]]);
        let spectrum = symmetric(&whole);
        let least = SMALLEST * spectrum.values[0].max(f64::MIN_POSITIVE);
        let axes = Array2::from_shape_fn((d, self.components.min(d)), |(i, k)| {
            let variance = spectrum.values[k];
            if variance > least { spectrum.vectors[[i, k]] / libm::sqrt(variance) } else { 0.0 }
        });
        let offsets: Vec<f64> =
            axes.columns().into_iter().map(|axis| axis.iter().zip(&mean).map(|(a, m)| a * m).sum()).collect();
        Fitted::new(move |inputs| {
            let mut sums = project(inputs, &axes);
            for mut row in sums.rows_mut() {
                row.iter_mut().zip(&offsets).for_each(|(z, offset)| *z -= offset);
            }
            #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
            sums.mapv(|z| z as f32)
        })
    }

    fn footprint(&self, inputs: usize) -> Footprint {
        let (d, kept) = (count(inputs), count(self.components.min(inputs)));
        Footprint {
            weights: 2.0 * d * kept,
            // covariance, its copies and the eigenvectors
            building: 10.0 * d * d,
            // sweeps of rotations
            fitting: 200.0 * d * d * d,
            // means and covariance, of the training draw alone, and the projection
            encoding: 2.0 * d * d + d * kept,
            ..Footprint::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::network::gradient_check::{normal, stream};

    #[test]
    fn components_of_the_training_inputs_are_white() {
        let mut inputs = normal(200, 4, 0);
        inputs.column_mut(2).mapv_inplace(|x| 5.0 * x + 3.0);
        let features = Pca { components: 3 }.fit(&inputs, &mut stream(0)).apply(&inputs).mapv(f64::from);
        let covariance = features.t().dot(&features) / 200.0;
        let white = &covariance - &Array2::<f64>::eye(3);
        assert!(white.iter().all(|x| x.abs() < 1e-5), "{covariance}");
        assert!(features.mean_axis(Axis(0)).unwrap().iter().all(|x| x.abs() < 1e-5));
    }
}
