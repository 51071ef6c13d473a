//! Plain regression: squared error, the code of a normal distribution of variance 1.

use garde::Validate;
use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::gaussian::LN_ROOT_TAU;
use super::{Pass, TargetDistribution};
use crate::science::data::TargetShape;
use crate::science::evaluation::{Form, Prediction};
use crate::science::family::Item;
use crate::science::kernel::real::Real;

/// `-ln N(y; m, 1)` summed over dimensions: half the squared error plus a
/// constant. Its best answer to many valid targets is their mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Regression {}

impl Item for Regression {
    const SUMMARY: &'static str = "half the squared error: the code of a normal law of variance 1";

    fn example() -> Self {
        Self {}
    }
}

impl TargetDistribution for Regression {
    fn form(&self) -> Form {
        Form::Normal
    }

    fn width(&self, row: TargetShape) -> Option<usize> {
        match row {
            TargetShape::Reals { dimensions } => Some(dimensions),
            TargetShape::Symbols { .. } => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn loss<R: Real>(&self, pass: Pass<R>) {
        let TargetShape::Reals { dimensions: d } = pass.row else { unreachable!("checked with the width") };
        let share = R::from_f64(1.0 / pass.samples as f64);
        let constant = R::from_f64(d as f64 * LN_ROOT_TAU);
        let half = R::from_f64(0.5);
        let rows = pass.outputs.chunks_exact(pass.ld).zip(pass.values.chunks_exact(d));
        let out = pass.gradient.chunks_exact_mut(pass.ld).zip(pass.losses);
        for ((m, y), (dm, loss)) in rows.zip(out) {
            let mut square = R::ZERO;
            for i in 0..d {
                let r = m[i] - y[i];
                square = square + r * r;
                dm[i] = r * share;
            }
            dm[d..].fill(R::ZERO);
            *loss = half * square + constant;
        }
    }

    fn prediction(&self, outputs: Array2<f32>, _row: TargetShape) -> Prediction {
        Prediction::Gaussian { mean: outputs, log_sd: None }
    }
}
