//! Code lengths of symbols and their slopes in the inverse temperature, as
//! evaluations need them.

use super::isa::per_isa;
use super::real::Real;
use super::reduce::{dot, maximum, sum};

per_isa! {
    /// `against` [n] holds the logits of the other symbol of two; becomes losses
    /// `ln(1 + exp(inverse against))`, and `slopes` [n] theirs in the inverse
    /// temperature.
    pub fn two_symbols<R: Real>(inverse: R, against: &mut [R], slopes: &mut [R]) = two_symbols_body;
}

#[inline(always)]
fn two_symbols_body<R: Real>(inverse: R, against: &mut [R], slopes: &mut [R]) {
    for (against, slope) in against.iter_mut().zip(slopes) {
        let z = inverse * *against;
        let e = (-z.abs()).exp();
        let positive = if z > R::ZERO { z } else { R::ZERO };
        let numerator = if z > R::ZERO { R::ONE } else { e };
        *slope = *against * numerator / (R::ONE + e);
        *against = positive + e.ln_1p();
    }
}

per_isa! {
    /// Of a row of logits, whole lane groups padded with minus infinity: the
    /// logits less their maximum stay in `row`, `exp(inverse row)` in `weights`.
    /// Returns the maximum, the sum of the weights and their sum times the row.
    pub fn many_symbols<R: Real>(inverse: R, row: &mut [R], weights: &mut [R]) -> (R, R, R) = many_symbols_body;
}

/// Below every logit that could matter, and finite, so that its product with a
/// weight of zero is zero.
const NOTHING: f64 = -3e38;

#[inline(always)]
fn many_symbols_body<R: Real>(inverse: R, row: &mut [R], weights: &mut [R]) -> (R, R, R) {
    let top = maximum(row);
    let nothing = R::from_f64(NOTHING);
    for (z, weight) in row.iter_mut().zip(&mut *weights) {
        let below = *z - top;
        *z = if below < nothing { nothing } else { below };
        *weight = (inverse * *z).exp();
    }
    (top, sum(weights), dot(weights, row))
}
