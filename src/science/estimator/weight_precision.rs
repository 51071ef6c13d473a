//! Weight precision: how much of what was memorized survives coarser weights.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bound, Demand, Quantity, Rule, Scale, Subject, Unit};
use crate::science::bits::Bits;
use crate::science::family::Item;
use crate::science::layout::Layout;
use crate::science::network::footprint::count;

/// Memorized bits after every tensor is rounded to b-bit whole numbers times one
/// scale (symmetric, to the nearest), and from it a bound from above on what the
/// weights hold: the least b that keeps 98 % of the bits, times the parameters. A weight of
/// which the network reads the sign alone has one bit, and no rounding changes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct WeightPrecision {}

impl Item for WeightPrecision {
    const SUMMARY: &'static str =
        "memorized bits that survive weights of 16, 8, 4 and 2 bits, and the bound from above that follows";

    fn example() -> Self {
        Self {}
    }
}

const QUANTITIES: &[Quantity] = &[
    kept("memorized_bits_at_16_bits", "memorized_bits with weights rounded to 16 bits each"),
    kept("memorized_bits_at_8_bits", "memorized_bits with weights rounded to 8 bits each"),
    kept("memorized_bits_at_4_bits", "memorized_bits with weights rounded to 4 bits each"),
    kept("memorized_bits_at_2_bits", "memorized_bits with weights rounded to 2 bits each"),
    Quantity {
        name: "precision_bits",
        unit: Unit::Bits,
        bound: Bound::Upper,
        headline: true,
        definition: "parameters times the least of 2 to 16 bits a weight, or 32, that keeps 98 % of memorized_bits; 1 bit for a binary weight; absent where fewer than 10 bits are memorized",
    },
];

const fn kept(name: &'static str, definition: &'static str) -> Quantity {
    Quantity { name, unit: Unit::Bits, bound: Bound::Lower, headline: false, definition }
}

/// Bits a weight, as the quantities above have them.
const SHOWN: [u32; 4] = [16, 8, 4, 2];

/// The share of the bits that must be kept.
const KEPT: f64 = 0.98;

/// Fewer memorized bits are nothing to keep: a network that knows nothing of the draw reads
/// more than so many with a chance of at most 2^-10 (Markov).
const LEAST: Bits = Bits(10.0);

impl Rule for WeightPrecision {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn demand(&self, scale: &Scale) -> Demand {
        // the shown ones, and the search for the least: between none and fifteen
        let times = count(SHOWN.len()) + 5.0;
        Demand {
            passing: scale.parameters() + scale.evaluated(),
            evaluations: times * scale.samples(),
            codes: times,
            operations: 10.0 * times * scale.footprint.parameters,
            ..Demand::default()
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn measure(&self, subject: &Subject) -> Vec<Option<f64>> {
        let Some(inside) = &subject.inside else { return vec![None; QUANTITIES.len()] };
        let prior = Bits::from(subject.distribution.prior_cross_entropy(subject.dataset));
        let whole = prior - Bits::from(subject.train.cross_entropy());
        let at = |bits: u32| {
            let rounded = rounded(inside.layout, inside.weights, bits);
            prior - Bits::from((inside.evaluate)(&rounded).cross_entropy())
        };
        let mut values: Vec<Option<f64>> = SHOWN.iter().map(|bits| Some(at(*bits).0)).collect();
        values.push((whole >= LEAST).then(|| {
            let enough = (2..=16).find(|bits| at(*bits).0 >= KEPT * whole.0).unwrap_or(32);
            let binary = inside.layout.binary();
            binary as f64 + f64::from(enough) * (subject.parameters - binary) as f64
        }));
        values
    }
}

/// Weights rounded to whole numbers of so many bits times one scale a tensor; a tensor of which
/// signs are read has whole numbers of one bit already.
#[expect(clippy::cast_possible_truncation, reason = "weights are f32")]
fn rounded(layout: &Layout, weights: &[f32], bits: u32) -> Vec<f32> {
    let most = f64::from((1u32 << (bits - 1)) - 1);
    let mut rounded = weights.to_vec();
    for block in layout.blocks().iter().filter(|block| !block.is_binary) {
        let tensor = &mut rounded[block.range.clone()];
        let largest = tensor.iter().fold(0.0f64, |largest, w| largest.max(f64::from(w.abs())));
        if largest > 0.0 {
            let scale = largest / most;
            tensor.iter_mut().for_each(|w| *w = (libm::round(f64::from(*w) / scale) * scale) as f32);
        }
    }
    rounded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::layout::Role;

    #[test]
    fn each_tensor_has_whole_numbers_of_its_own_scale() {
        let mut layout = Layout::default();
        layout.push("a", Role::Weight, 1, 4);
        layout.push("b", Role::Bias, 1, 2);
        let weights = [0.7, -0.2, 0.04, -0.7, 100.0, 30.0];
        // three bits: -3..=3; two bits: -1..=1
        let three = rounded(&layout, &weights, 3);
        let expected = [0.7f32, -0.7 / 3.0, 0.0, -0.7, 100.0, 100.0 / 3.0];
        assert!(three.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{three:?}");
        assert_eq!(rounded(&layout, &weights, 2), [0.7, 0.0, 0.0, -0.7, 100.0, 0.0]);
        let fine = rounded(&layout, &weights, 16);
        assert!(fine.iter().zip(weights).all(|(a, b)| (a - b).abs() < 100.0 / 32767.0));
        assert_eq!(rounded(&layout, &[0.0; 6], 4), [0.0; 6]);
        layout.binarize_weights();
        assert_eq!(layout.binary(), 4);
        assert_eq!(rounded(&layout, &weights, 2), [0.7, -0.2, 0.04, -0.7, 100.0, 0.0]);
    }
}
