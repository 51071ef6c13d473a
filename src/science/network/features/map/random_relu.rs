//! Random `ReLU` features: a hidden layer that is never trained.

use garde::Validate;
use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Fitted, Map, project};
use crate::science::family::Item;
use crate::science::network::footprint::{Footprint, count};
use crate::science::seed::{Stream, standard_normal};

/// `max(0, w . x + b)` with w of variance 2/d and b of variance 1 (an extreme
/// learning machine; Huang et al. 2006).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RandomRelu {
    /// Features.
    #[garde(range(min = 1, max = 65_536))]
    pub features: usize,
}

impl Item for RandomRelu {
    const SUMMARY: &'static str = "a random ReLU layer that is never trained (Huang et al. 2006)";

    fn example() -> Self {
        Self { features: 64 }
    }
}

impl Map for RandomRelu {
    fn width(&self, _inputs: usize) -> Option<usize> {
        Some(self.features)
    }

    #[expect(clippy::cast_precision_loss, reason = "widths are far below 2^53")]
    fn fit(&self, inputs: &Array2<f32>, stream: &mut Stream) -> Fitted {
        let shape = (inputs.ncols(), self.features);
        let sd = libm::sqrt(2.0 / inputs.ncols() as f64);
        let weights = Array2::from_shape_simple_fn(shape, || sd * standard_normal(stream));
        let biases: Vec<f64> = (0..self.features).map(|_| standard_normal(stream)).collect();
        Fitted::new(move |inputs| {
            let mut sums = project(inputs, &weights);
            for mut row in sums.rows_mut() {
                row.iter_mut().zip(&biases).for_each(|(z, b)| *z = (*z + b).max(0.0));
            }
            #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
            sums.mapv(|z| z as f32)
        })
    }

    fn footprint(&self, inputs: usize) -> Footprint {
        let (d, features) = (count(inputs), count(self.features));
        let encoding = features * (d + 2.0);
        Footprint {
            weights: 2.0 * (d + 1.0) * features,
            fitting: 20.0 * d * features,
            encoding,
            ..Footprint::default()
        }
    }
}
