//! Symbols by a softmax over the alphabet; two symbols by one logit.

use garde::Validate;
use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Pass, TargetDistribution};
use crate::science::data::TargetShape;
use crate::science::evaluation::{Form, Prediction};
use crate::science::family::Item;
use crate::science::kernel::lanes::LANES;
use crate::science::kernel::loss::{sigmoid_cross_entropy, softmax_cross_entropy};
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;

/// `q(y) = softmax(z)_y`; an alphabet of two is read by one logit, the sigmoid
/// of which is the probability of symbol 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Categorical {}

impl Item for Categorical {
    const SUMMARY: &'static str = "symbols by a softmax over their alphabet; two symbols by one logit";

    fn example() -> Self {
        Self {}
    }
}

impl TargetDistribution for Categorical {
    fn form(&self) -> Form {
        Form::Logits
    }

    fn width(&self, row: TargetShape) -> Option<usize> {
        match row {
            TargetShape::Symbols { length, alphabet: 2 } => Some(length),
            TargetShape::Symbols { length, alphabet } => length.checked_mul(alphabet),
            TargetShape::Reals { .. } => None,
        }
    }

    fn loss<R: Real>(&self, pass: Pass<R>) {
        let TargetShape::Symbols { length, alphabet } = pass.row else {
            unreachable!("checked with the width")
        };
        match alphabet {
            2 => one_logit(pass, length),
            _ if length == 1 => in_place(pass, alphabet),
            _ => rearranged(pass, length, alphabet),
        }
    }

    fn prediction(&self, outputs: Array2<f32>, row: TargetShape) -> Prediction {
        let TargetShape::Symbols { length, alphabet } = row else { unreachable!("checked with the width") };
        let columns = if alphabet == 2 { 1 } else { alphabet };
        let rows = outputs.nrows() * length;
        let logits = outputs.into_shape_with_order((rows, columns));
        Prediction::Logits(logits.expect("a row holds the logits of each symbol in turn"))
    }
}

/// Gradients of the kernel are of the mean over its rows; ours of the mean over samples.
#[expect(clippy::cast_precision_loss, reason = "a batch is far below 2^53")]
fn per_sample<R: Real>(gradient: &mut [R], symbols: usize, samples: usize) {
    if symbols != samples {
        let times = R::from_f64(symbols as f64 / samples as f64);
        gradient.iter_mut().for_each(|g| *g = *g * times);
    }
}

pub(super) fn one_logit<R: Real>(pass: Pass<R>, length: usize) {
    let count = pass.rows * length;
    let low = R::from_f64(0.5 * pass.smoothing);
    let targets = &mut pass.scratch.probabilities[..count];
    let logits = &mut pass.scratch.logits[..count];
    for (target, &symbol) in targets.iter_mut().zip(pass.symbols) {
        *target = if symbol == 1 { R::ONE - low } else { low };
    }
    if length == 1 {
        logits.iter_mut().zip(pass.outputs.chunks_exact(pass.ld)).for_each(|(logit, row)| *logit = row[0]);
    } else {
        for (logits, row) in logits.chunks_exact_mut(length).zip(pass.outputs.chunks_exact(pass.ld)) {
            logits.copy_from_slice(&row[..length]);
        }
    }
    sigmoid_cross_entropy(pass.isa, targets, logits, &mut pass.losses[..count]);
    per_sample(logits, count, pass.samples);
    if length == 1 && pass.ld == LANES {
        // one store a row instead of two calls
        for (row, dz) in pass.gradient.as_chunks_mut::<LANES>().0.iter_mut().zip(&*logits) {
            *row = [R::ZERO; LANES];
            row[0] = *dz;
        }
        return;
    }
    for (row, dz) in pass.gradient.chunks_exact_mut(pass.ld).zip(logits.chunks_exact(length)) {
        row[..length].copy_from_slice(dz);
        row[length..].fill(R::ZERO);
    }
}

fn in_place<R: Real>(pass: Pass<R>, alphabet: usize) {
    let size = pass.rows * pass.ld;
    let gradient = &mut pass.gradient[..size];
    gradient.copy_from_slice(&pass.outputs[..size]);
    let smoothing = R::from_f64(pass.smoothing);
    softmax_cross_entropy(
        pass.isa,
        &pass.symbols[..pass.rows],
        alphabet,
        smoothing,
        gradient,
        &mut pass.losses[..pass.rows],
    );
    per_sample(gradient, pass.rows, pass.samples);
}

fn rearranged<R: Real>(pass: Pass<R>, length: usize, alphabet: usize) {
    let (count, width) = (pass.rows * length, padded(alphabet));
    let logits = &mut pass.scratch.logits[..count * width];
    for (logits, row) in logits.chunks_exact_mut(length * width).zip(pass.outputs.chunks_exact(pass.ld)) {
        for (logits, z) in logits.chunks_exact_mut(width).zip(row.chunks_exact(alphabet)) {
            logits[..alphabet].copy_from_slice(z);
        }
    }
    let smoothing = R::from_f64(pass.smoothing);
    softmax_cross_entropy(
        pass.isa,
        &pass.symbols[..count],
        alphabet,
        smoothing,
        logits,
        &mut pass.losses[..count],
    );
    per_sample(logits, count, pass.samples);
    for (row, dz) in pass.gradient.chunks_exact_mut(pass.ld).zip(logits.chunks_exact(length * width)) {
        for (row, dz) in row.chunks_exact_mut(alphabet).zip(dz.chunks_exact(width)) {
            row.copy_from_slice(&dz[..alphabet]);
        }
        row[length * alphabet..].fill(R::ZERO);
    }
}
