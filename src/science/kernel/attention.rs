//! Causal softmax over rows of scores, and its gradient.

use super::isa::per_isa;
use super::lanes::LANES;
use super::real::Real;
use super::reduce::{dot, maximum, sum};

per_isa! {
    /// Row i of `scores` [t, ld] becomes the softmax of `scale` times its first
    /// i + 1 numbers; the rest of it becomes 0.
    pub fn causal_softmax<R: Real>(scale: R, ld: usize, scores: &mut [R]) = causal_softmax_body;
}

#[inline(always)]
fn causal_softmax_body<R: Real>(scale: R, ld: usize, scores: &mut [R]) {
    for (i, row) in scores.chunks_exact_mut(ld).enumerate() {
        let seen = i + 1;
        let (row, later) = row.split_at_mut(seen.next_multiple_of(LANES));
        later.fill(R::ZERO);
        for score in row.iter_mut() {
            *score = scale * *score;
        }
        row[seen..].fill(R::NEG_INFINITY);
        let top = maximum(row);
        for score in row.iter_mut() {
            *score = (*score - top).exp();
        }
        let share = R::ONE / sum(row);
        for score in row.iter_mut() {
            *score = *score * share;
        }
    }
}

per_isa! {
    /// `gradient` [t, ld] in the probabilities [t, ld] becomes that in the scores
    /// before [`causal_softmax`].
    pub fn softmax_backward<R: Real>(scale: R, ld: usize, probabilities: &[R], gradient: &mut [R]) = softmax_backward_body;
}

#[inline(always)]
fn softmax_backward_body<R: Real>(scale: R, ld: usize, probabilities: &[R], gradient: &mut [R]) {
    for (p, row) in probabilities.chunks_exact(ld).zip(gradient.chunks_exact_mut(ld)) {
        let mean = dot(p, row);
        for (g, p) in row.iter_mut().zip(p) {
            *g = scale * *p * (*g - mean);
        }
    }
}
