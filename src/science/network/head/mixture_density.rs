//! Reals by a mixture of normal distributions: several answers to one question.

use garde::Validate;
use ndarray::{Array2, s};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::gaussian::{LN_ROOT_TAU, LOG_SD_LIMIT, limited};
use super::{Pass, TargetDistribution};
use crate::science::data::TargetShape;
use crate::science::evaluation::{Form, Prediction};
use crate::science::family::Item;
use crate::science::kernel::real::Real;

/// `-ln sum_j w_j N(y; m_j, s_j^2 I)`, w the softmax of the first outputs
/// (Bishop 1994). Outputs are m logits, m logarithms of spreads, m d means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MixtureDensity {
    /// Components of the mixture.
    #[serde(default = "eight")]
    #[garde(range(min = 1, max = 1024))]
    pub components: usize,
}

fn eight() -> usize {
    8
}

impl Item for MixtureDensity {
    const SUMMARY: &'static str =
        "reals by a softmax-weighted mixture of isotropic normal laws (Bishop 1994)";

    fn example() -> Self {
        Self { components: 8 }
    }
}

impl TargetDistribution for MixtureDensity {
    fn form(&self) -> Form {
        Form::Mixture
    }

    fn width(&self, row: TargetShape) -> Option<usize> {
        match row {
            TargetShape::Reals { dimensions } => dimensions.checked_add(2)?.checked_mul(self.components),
            TargetShape::Symbols { .. } => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn loss<R: Real>(&self, pass: Pass<R>) {
        let TargetShape::Reals { dimensions: d } = pass.row else { unreachable!("checked with the width") };
        let m = self.components;
        let share = R::from_f64(1.0 / pass.samples as f64);
        let (dims, constant) = (R::from_f64(d as f64), R::from_f64(d as f64 * LN_ROOT_TAU));
        let rows = pass.outputs.chunks_exact(pass.ld).zip(pass.values.chunks_exact(d));
        let out = pass.gradient.chunks_exact_mut(pass.ld).zip(pass.losses);
        for ((z, y), (dz, loss)) in rows.zip(out) {
            // first the joint log-densities take the place of the logits' gradients
            for j in 0..m {
                let (log_sd, _) = limited(z[m + j]);
                let mean = &z[2 * m + j * d..][..d];
                let distance = square_distance(mean, y) * (-log_sd - log_sd).exp();
                dz[m + j] = distance;
                dz[j] = z[j] - R::from_f64(0.5) * distance - dims * log_sd;
            }
            let weights = log_sum_exp(&z[..m]);
            let total = log_sum_exp(&dz[..m]);
            *loss = weights - total + constant;
            for j in 0..m {
                let responsibility = (dz[j] - total).exp();
                let (log_sd, slope) = limited(z[m + j]);
                let precision = (-log_sd - log_sd).exp();
                dz[j] = ((z[j] - weights).exp() - responsibility) * share;
                dz[m + j] = responsibility * (dims - dz[m + j]) * slope * share;
                for i in 0..d {
                    dz[2 * m + j * d + i] =
                        responsibility * (z[2 * m + j * d + i] - y[i]) * precision * share;
                }
            }
            dz[m * (d + 2)..].fill(R::ZERO);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a small constant")]
    fn prediction(&self, outputs: Array2<f32>, _row: TargetShape) -> Prediction {
        let (m, limit) = (self.components, LOG_SD_LIMIT as f32);
        Prediction::Mixture {
            log_weights: outputs.slice(s![.., ..m]).to_owned(),
            log_sds: outputs.slice(s![.., m..2 * m]).mapv(|x| x.clamp(-limit, limit)),
            means: outputs.slice(s![.., 2 * m..]).to_owned(),
        }
    }
}

fn square_distance<R: Real>(a: &[R], b: &[R]) -> R {
    a.iter().zip(b).fold(R::ZERO, |sum, (a, b)| sum + (*a - *b) * (*a - *b))
}

fn log_sum_exp<R: Real>(logs: &[R]) -> R {
    let top = logs.iter().fold(logs[0], |top, x| if *x > top { *x } else { top });
    let sum = logs.iter().fold(R::ZERO, |sum, x| sum + (*x - top).exp());
    top + sum.ln()
}
