//! Max-norm: a bound on the weights that each unit reads.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Restriction;
use crate::science::family::Item;
use crate::science::layout::{Layout, Role};

/// After each step the incoming weights of every unit are scaled back to at
/// most this Euclidean norm; biases are free (Srebro & Shraibman 2005; Srivastava
/// et al. 2014).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MaxNorm {
    /// Largest norm of a unit's incoming weights.
    #[garde(range(min = 0.000_001, max = 1_000_000.0))]
    pub norm: f64,
}

impl Item for MaxNorm {
    const SUMMARY: &'static str = "incoming weights of each unit kept within a norm (Srivastava et al. 2014)";

    fn example() -> Self {
        Self { norm: 3.0 }
    }
}

impl Restriction for MaxNorm {
    #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
    fn project(&self, layout: &Layout, parameters: &mut [f32]) {
        for block in layout.blocks().iter().filter(|block| block.role == Role::Weight) {
            let weights = &mut parameters[block.range.clone()];
            for unit in 0..block.columns {
                let column = || (0..block.rows).map(|row| row * block.columns + unit);
                let square: f64 = column().map(|i| f64::from(weights[i]) * f64::from(weights[i])).sum();
                if square > self.norm * self.norm {
                    let shrink = (self.norm / libm::sqrt(square)) as f32;
                    column().for_each(|i| weights[i] *= shrink);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_columns_are_scaled_back_and_short_ones_stay() {
        let mut layout = Layout::default();
        layout.push("w", Role::Weight, 2, 2);
        layout.push("b", Role::Bias, 1, 2);
        // incoming weights of unit 0: (3, 4); of unit 1: (0.5, 0)
        let mut parameters = [3.0, 0.5, 4.0, 0.0, 9.0, 9.0];
        MaxNorm { norm: 1.0 }.project(&layout, &mut parameters);
        let expected = [0.6, 0.5, 0.8, 0.0, 9.0, 9.0];
        assert!(parameters.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{parameters:?}");
    }
}
