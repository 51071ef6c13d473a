//! Reals by independent normal distributions, mean and spread both put out.

use garde::Validate;
use ndarray::{Array2, s};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Pass, TargetDistribution};
use crate::science::data::TargetShape;
use crate::science::evaluation::{Form, Prediction};
use crate::science::family::Item;
use crate::science::kernel::real::Real;

/// `ln sqrt(2 pi)`.
pub(super) const LN_ROOT_TAU: f64 = 0.918_938_533_204_672_7;

/// Logarithms of standard deviations are cut to this range: a spread below
/// e^-12 would be beyond f32 against numbers of order one.
pub(super) const LOG_SD_LIMIT: f64 = 12.0;

/// `-ln N(y; m, s^2)` summed over dimensions; outputs are the d means, then the
/// d logarithms of s (Nix & Weigend 1994).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Gaussian {}

impl Item for Gaussian {
    const SUMMARY: &'static str = "reals by normal laws with learned mean and spread (Nix & Weigend 1994)";

    fn example() -> Self {
        Self {}
    }
}

impl TargetDistribution for Gaussian {
    fn form(&self) -> Form {
        Form::Normal
    }

    fn width(&self, row: TargetShape) -> Option<usize> {
        match row {
            TargetShape::Reals { dimensions } => dimensions.checked_mul(2),
            TargetShape::Symbols { .. } => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn loss<R: Real>(&self, pass: Pass<R>) {
        let TargetShape::Reals { dimensions: d } = pass.row else { unreachable!("checked with the width") };
        let share = R::from_f64(1.0 / pass.samples as f64);
        let rows = pass.outputs.chunks_exact(pass.ld).zip(pass.values.chunks_exact(d));
        let out = pass.gradient.chunks_exact_mut(pass.ld).zip(pass.losses);
        for ((z, y), (dz, loss)) in rows.zip(out) {
            *loss = R::from_f64(d as f64 * LN_ROOT_TAU);
            for i in 0..d {
                let (log_sd, slope) = limited(z[d + i]);
                let inverse = (-log_sd).exp();
                let r = (z[i] - y[i]) * inverse;
                *loss = *loss + R::from_f64(0.5) * r * r + log_sd;
                dz[i] = r * inverse * share;
                dz[d + i] = (R::ONE - r * r) * slope * share;
            }
            dz[2 * d..].fill(R::ZERO);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a small constant")]
    fn prediction(&self, outputs: Array2<f32>, _row: TargetShape) -> Prediction {
        let d = outputs.ncols() / 2;
        let limit = LOG_SD_LIMIT as f32;
        Prediction::Gaussian {
            mean: outputs.slice(s![.., ..d]).to_owned(),
            log_sd: Some(outputs.slice(s![.., d..]).mapv(|x| x.clamp(-limit, limit))),
        }
    }
}

/// A logarithm of a spread cut to its range, and the slope of the cut.
pub(super) fn limited<R: Real>(raw: R) -> (R, R) {
    let limit = R::from_f64(LOG_SD_LIMIT);
    if raw > limit {
        (limit, R::ZERO)
    } else if raw < -limit {
        (-limit, R::ZERO)
    } else {
        (raw, R::ONE)
    }
}
