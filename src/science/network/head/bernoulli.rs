//! Bits, each by its own logit.

use garde::Validate;
use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::categorical::one_logit;
use super::{Pass, TargetDistribution};
use crate::science::data::TargetShape;
use crate::science::evaluation::{Form, Prediction};
use crate::science::family::Item;
use crate::science::kernel::real::Real;

/// Independent bits, the sigmoid of each output the probability of a one. What
/// the categorical head does for an alphabet of two, and for nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Bernoulli {}

impl Item for Bernoulli {
    const SUMMARY: &'static str = "bits, the sigmoid of each output the probability of a one";

    fn example() -> Self {
        Self {}
    }
}

impl TargetDistribution for Bernoulli {
    fn form(&self) -> Form {
        Form::Logits
    }

    fn width(&self, row: TargetShape) -> Option<usize> {
        match row {
            TargetShape::Symbols { length, alphabet: 2 } => Some(length),
            _ => None,
        }
    }

    fn loss<R: Real>(&self, pass: Pass<R>) {
        let TargetShape::Symbols { length, .. } = pass.row else { unreachable!("checked with the width") };
        one_logit(pass, length);
    }

    fn prediction(&self, outputs: Array2<f32>, _row: TargetShape) -> Prediction {
        let count = outputs.len();
        Prediction::Logits(outputs.into_shape_with_order((count, 1)).expect("one logit a bit"))
    }
}
