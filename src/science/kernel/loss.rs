//! Cross-entropy of a categorical head and its gradient in the logits.

use super::isa::per_isa;
use super::real::Real;

per_isa! {
    /// One logit a sample, the sigmoid of which is the probability of class 1.
    /// `logits` [n] become gradients of the mean loss; `targets` [n] are
    /// probabilities of class 1; `losses` [n] in nats.
    pub fn sigmoid_cross_entropy<R: Real>(targets: &[R], logits: &mut [R], losses: &mut [R]) = sigmoid_body;
}

#[inline(always)]
fn sigmoid_body<R: Real>(targets: &[R], logits: &mut [R], losses: &mut [R]) {
    let share = R::ONE / R::from_f64(count(targets.len()));
    for ((target, logit), loss) in targets.iter().zip(logits).zip(losses) {
        let z = *logit;
        let e = (-z.abs()).exp();
        let positive = if z > R::ZERO { z } else { R::ZERO };
        *loss = positive - *target * z + e.ln_1p();
        let numerator = if z > R::ZERO { R::ONE } else { e };
        *logit = (numerator / (R::ONE + e) - *target) * share;
    }
}

per_isa! {
    /// A softmax over the first `classes` numbers of each row of `logits`
    /// [n, width], which become gradients of the mean loss; the rest become 0.
    /// Targets are `(1 - smoothing) one-hot + smoothing / classes`. `losses` [n]
    /// in nats.
    pub fn softmax_cross_entropy<R: Real>(
        labels: &[u32],
        classes: usize,
        smoothing: R,
        logits: &mut [R],
        losses: &mut [R],
    ) = softmax_body;
}

#[inline(always)]
fn softmax_body<R: Real>(labels: &[u32], classes: usize, smoothing: R, logits: &mut [R], losses: &mut [R]) {
    let share = R::ONE / R::from_f64(count(labels.len()));
    let uniform = smoothing / R::from_f64(count(classes));
    let sharp = R::ONE - smoothing;
    let width = logits.len() / labels.len().max(1);
    for ((row, label), loss) in logits.chunks_exact_mut(width).zip(labels).zip(losses) {
        let (row, rest) = row.split_at_mut(classes);
        rest.fill(R::ZERO);
        let label = *label as usize;
        let top = row.iter().fold(row[0], |top, z| if *z > top { *z } else { top });
        let own = row[label] - top;
        let mut all = R::ZERO;
        for z in row.iter() {
            all = all + (*z - top);
        }
        for z in row.iter_mut() {
            *z = (*z - top).exp();
        }
        let mut total = R::ZERO;
        for e in row.iter() {
            total = total + *e;
        }
        *loss = total.ln() - sharp * own - uniform * all;
        let scale = share / total;
        let base = uniform * share;
        for e in row.iter_mut() {
            *e = e.mul_add(scale, -base);
        }
        row[label] = row[label] - sharp * share;
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
fn count(n: usize) -> f64 {
    n as f64
}
