//! Random Fourier features.

use garde::Validate;
use ndarray::Array2;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Fitted, Map, project};
use crate::science::family::Item;
use crate::science::network::footprint::{Footprint, count};
use crate::science::seed::{Stream, standard_normal};

/// `sqrt(2) cos(w . x / bandwidth + b)`, w standard normal and b uniform on the
/// circle: in expectation the inner products of a Gaussian kernel of that
/// bandwidth (Rahimi & Recht 2007).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RandomFourier {
    /// Features.
    #[garde(range(min = 1, max = 65_536))]
    pub features: usize,
    /// Width of the kernel, in units of the inputs.
    #[serde(default = "one")]
    #[garde(range(min = 1e-6, max = 1e6))]
    pub bandwidth: f64,
}

fn one() -> f64 {
    1.0
}

impl Item for RandomFourier {
    const SUMMARY: &'static str = "cosines of random projections (Rahimi & Recht 2007)";

    fn example() -> Self {
        Self { features: 64, bandwidth: 1.0 }
    }
}

impl Map for RandomFourier {
    fn width(&self, _inputs: usize) -> Option<usize> {
        Some(self.features)
    }

    fn fit(&self, inputs: &Array2<f32>, stream: &mut Stream) -> Fitted {
        let shape = (inputs.ncols(), self.features);
        let weights = Array2::from_shape_simple_fn(shape, || standard_normal(stream) / self.bandwidth);
        let phases: Vec<f64> =
            (0..self.features).map(|_| std::f64::consts::TAU * stream.random::<f64>()).collect();
        Fitted::new(move |inputs| {
            let mut sums = project(inputs, &weights);
            for mut row in sums.rows_mut() {
                row.iter_mut()
                    .zip(&phases)
                    .for_each(|(z, b)| *z = std::f64::consts::SQRT_2 * libm::cos(*z + b));
            }
            #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
            sums.mapv(|z| z as f32)
        })
    }

    fn footprint(&self, inputs: usize) -> Footprint {
        let (d, features) = (count(inputs), count(self.features));
        // a cosine each
        let encoding = features * (d + 40.0);
        Footprint {
            weights: 2.0 * (d + 1.0) * features,
            fitting: 20.0 * d * features,
            encoding,
            ..Footprint::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::network::gradient_check::{normal, stream};

    #[test]
    fn inner_products_are_the_gaussian_kernel() {
        let inputs = normal(4, 3, 0);
        let map = RandomFourier { features: 60_000, bandwidth: 1.5 };
        let features = map.fit(&inputs, &mut stream(3)).apply(&inputs).mapv(f64::from);
        for i in 0..4 {
            for j in 0..4 {
                let distance = (&inputs.row(i) - &inputs.row(j)).mapv(|x| f64::from(x).powi(2)).sum();
                let kernel = (-distance / (2.0 * 1.5 * 1.5)).exp();
                let product = features.row(i).dot(&features.row(j)) / 60_000.0;
                // each term has variance at most 2: four standard errors
                assert!((product - kernel).abs() < 4.0 * (2.0f64 / 60_000.0).sqrt(), "{product} {kernel}");
            }
        }
    }
}
