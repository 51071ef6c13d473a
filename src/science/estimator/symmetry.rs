//! Symmetry: how far apart the units of the first hidden layer are.

use garde::Validate;
use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bound, Demand, Prospect, Quantity, Reads, Rule, Scale, Subject, Unit};
use crate::science::eigen::symmetric;
use crate::science::family::Item;
use crate::science::interrupt;
use crate::science::layout::{Layout, Role};
use crate::science::network::footprint::count;

/// Of the weights that come into the first hidden layer: the least distance
/// between two units, exactly 0 while two of them are one, and the effective rank
/// (Roy & Vetterli 2007), the number of units that they are worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Symmetry {}

impl Item for Symmetry {
    const SUMMARY: &'static str =
        "distance between units of the first hidden layer and their effective rank (Roy & Vetterli 2007)";

    fn example() -> Self {
        Self {}
    }
}

const QUANTITIES: &[Quantity] = &[
    Quantity {
        name: "least_unit_distance",
        unit: Unit::Weights,
        bound: Bound::Exact,
        headline: true,
        definition: "least Euclidean distance between the incoming weights of two units of the first hidden layer",
    },
    Quantity {
        name: "effective_rank",
        unit: Unit::Units,
        bound: Bound::Exact,
        headline: true,
        definition: "exp of the entropy of the singular values, over their sum, of the weights into the first hidden layer",
    },
];

/// More units than this are too many for all their pairs and a spectrum.
const MOST_UNITS: usize = 512;

/// Plain operations of the turns that find singular values, for each of three indices.
const TURNS: f64 = 220.0;

impl Rule for Symmetry {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn demand(&self, scale: &Scale) -> Demand {
        let units = scale.architecture.first_hidden();
        // what a unit reads, as far as a spec tells of it
        let inputs = scale.footprint.parameters / count(units.max(1));
        let (units, least) = (count(units), count(units).min(inputs));
        Demand {
            // weights in twice the precision, their products and what turns them
            passing: 8.0 * (units * inputs + 4.0 * least * least),
            operations: units * units * inputs * 3.0 + TURNS * least * least * least,
            ..Demand::default()
        }
    }

    fn incompatibility(&self, prospect: &Prospect) -> Option<String> {
        match prospect.architecture.first_hidden() {
            0 => Some("compares hidden units, which this network does not have".to_owned()),
            1 => Some("compares hidden units, and the first hidden layer has a single one".to_owned()),
            2..=MOST_UNITS => None,
            units => {
                Some(format!("the first hidden layer has {units} units, at most {MOST_UNITS} are compared"))
            }
        }
    }

    fn reads(&self) -> Reads {
        Reads::Outputs
    }

    fn measure(&self, subject: &Subject) -> Vec<Option<f64>> {
        let units = subject.inside.as_ref().and_then(|inside| first_units(inside.layout, inside.weights));
        let Some(units) = units else { return vec![None; QUANTITIES.len()] };
        vec![least_distance(&units), effective_rank(&units)]
    }
}

/// Incoming weights of the first hidden layer's units, a row each. A network
/// whose first weights are its outputs has no hidden layer.
fn first_units(layout: &Layout, weights: &[f32]) -> Option<Array2<f64>> {
    let mut blocks = layout.blocks().iter().filter(|block| block.role == Role::Weight && !block.embeds);
    let (first, _next) = (blocks.next()?, blocks.next()?);
    let matrix = &weights[first.range.clone()];
    (2..=MOST_UNITS).contains(&first.columns).then(|| {
        Array2::from_shape_fn((first.columns, first.rows), |(unit, input)| {
            f64::from(matrix[input * first.columns + unit])
        })
    })
}

fn least_distance(units: &Array2<f64>) -> Option<f64> {
    let square = |i: usize, j: usize| -> f64 {
        interrupt::check();
        units.row(i).iter().zip(units.row(j)).map(|(a, b)| (a - b) * (a - b)).sum()
    };
    let pairs = (0..units.nrows()).flat_map(|i| (0..i).map(move |j| (i, j)));
    pairs.map(|(i, j)| square(i, j)).min_by(f64::total_cmp).map(libm::sqrt)
}

fn effective_rank(units: &Array2<f64>) -> Option<f64> {
    // the smaller of both products has all singular values
    let gram = if units.nrows() <= units.ncols() { units.dot(&units.t()) } else { units.t().dot(units) };
    let values: Vec<f64> = symmetric(&gram).values.iter().map(|value| libm::sqrt(value.max(0.0))).collect();
    let total: f64 = values.iter().sum();
    let shares = values.iter().map(|value| value / total).filter(|share| *share > 0.0);
    (total > 0.0).then(|| libm::exp(shares.map(|p| -p * libm::log(p)).sum()))
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn distance_and_rank_have_their_known_values() {
        let orthogonal = array![[3.0, 0.0, 0.0], [0.0, 3.0, 0.0]];
        assert!((least_distance(&orthogonal).unwrap() - 18f64.sqrt()).abs() < 1e-12);
        assert!((effective_rank(&orthogonal).unwrap() - 2.0).abs() < 1e-12);
        let alike = array![[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]];
        assert_eq!(least_distance(&alike), Some(0.0));
        assert!((effective_rank(&alike).unwrap() - 1.0).abs() < 1e-6);
        // singular values 3 and 1
        let two = array![[3.0, 0.0], [0.0, 1.0]];
        let entropy = -(0.75f64 * 0.75f64.ln() + 0.25 * 0.25f64.ln());
        assert!((effective_rank(&two).unwrap() - entropy.exp()).abs() < 1e-12);
        assert_eq!(effective_rank(&Array2::zeros((2, 2))), None);
    }
}
