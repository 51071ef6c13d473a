//! Parity features: products of random sets of inputs.

use garde::Validate;
use ndarray::Array2;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Fitted, Map};
use crate::science::family::Item;
use crate::science::network::footprint::{Footprint, count};
use crate::science::seed::Stream;

/// Products of `order` different inputs, the sets drawn at random: parities
/// where inputs are signs (Minsky & Papert 1969).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Parity {
    /// Features.
    #[garde(range(min = 1, max = 65_536))]
    pub features: usize,
    /// Inputs in a product; all of them when there are fewer.
    #[garde(range(min = 1, max = 65_536))]
    pub order: usize,
}

impl Item for Parity {
    const SUMMARY: &'static str =
        "products of random sets of inputs, parities of signs (Minsky & Papert 1969)";

    fn example() -> Self {
        Self { features: 64, order: 3 }
    }
}

impl Map for Parity {
    /// No product of more inputs than there are.
    fn width(&self, inputs: usize) -> Option<usize> {
        Some(if self.order > inputs { 0 } else { self.features })
    }

    fn fit(&self, inputs: &Array2<f32>, stream: &mut Stream) -> Fitted {
        let d = inputs.ncols();
        let mut places: Vec<usize> = (0..d).collect();
        let sets: Vec<Vec<usize>> = (0..self.features)
            .map(|_| {
                for i in 0..self.order {
                    let j = stream.random_range(i as u64..d as u64);
                    places.swap(i, usize::try_from(j).expect("below the number of inputs"));
                }
                places[..self.order].to_vec()
            })
            .collect();
        Fitted::new(move |inputs| {
            let mut features = Array2::zeros((inputs.nrows(), sets.len()));
            for (x, mut row) in inputs.rows().into_iter().zip(features.rows_mut()) {
                row.iter_mut()
                    .zip(&sets)
                    .for_each(|(feature, set)| *feature = set.iter().map(|&i| x[i]).product());
            }
            features
        })
    }

    fn footprint(&self, _inputs: usize) -> Footprint {
        let (features, order) = (count(self.features), count(self.order));
        Footprint {
            weights: features * (10.0 + 2.0 * order),
            encoding: 2.0 * features * order,
            ..Footprint::default()
        }
    }
}
