//! A start with some units alike.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Start;
use crate::science::family::Item;
use crate::science::layout::{Layout, Role};

/// The first `units` units of every hidden layer start alike: the same weights
/// come in and the same go out. Full-batch and minibatch gradients keep them
/// equal in every bit; noise of their own parts them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Tied {
    /// Units that start alike in each hidden layer.
    #[garde(range(min = 2, max = 65_536))]
    pub units: usize,
}

impl Item for Tied {
    const SUMMARY: &'static str = "the first units of every hidden layer start alike";

    fn example() -> Self {
        Self { units: 2 }
    }
}

impl Start for Tied {
    fn least_units(&self) -> usize {
        2
    }

    fn change(&self, layout: &Layout, parameters: &mut [f32]) {
        let blocks: Vec<_> = layout.blocks().iter().filter(|block| block.role == Role::Weight).collect();
        for (i, block) in blocks.iter().enumerate() {
            let weights = &mut parameters[block.range.clone()];
            if i + 1 < blocks.len() {
                // a row holds the same units once for each gate
                for units in weights.chunks_exact_mut(block.columns / block.gates) {
                    let first = units[0];
                    units.iter_mut().take(self.units).for_each(|w| *w = first);
                }
            }
            if i > 0 && !block.embeds {
                let (first, rest) = weights.split_at_mut(block.columns);
                let others = self.units.min(block.rows) - 1;
                rest.chunks_exact_mut(block.columns).take(others).for_each(|row| row.copy_from_slice(first));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incoming_and_outgoing_weights_of_the_first_units_are_equal() {
        let mut layout = Layout::default();
        let below = layout.push("layer 0 weight", Role::Weight, 2, 3);
        let above = layout.push("layer 1 weight", Role::Weight, 3, 2);
        let mut parameters: Vec<f32> = (0u8..12).map(f32::from).collect();
        Tied { units: 2 }.change(&layout, &mut parameters);
        assert_eq!(parameters[below], [0.0, 0.0, 2.0, 3.0, 3.0, 5.0]);
        assert_eq!(parameters[above], [6.0, 7.0, 6.0, 7.0, 10.0, 11.0]);
    }
}
