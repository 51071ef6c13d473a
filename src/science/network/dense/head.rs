//! The categorical head of a dense stack: loss and its gradient.

use super::layer::Layer;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::loss::{sigmoid_cross_entropy, softmax_cross_entropy};
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;

/// Mean cross-entropy against (smoothed) labels.
#[derive(Debug)]
pub(super) struct Head<R> {
    classes: usize,
    smoothing: f64,
    labels: Vec<u32>,
    /// Probability of class 1, two classes only.
    targets: Vec<R>,
    logits: Vec<R>,
    losses: Vec<R>,
}

impl<R: Real> Head<R> {
    pub(super) fn new(classes: usize, smoothing: f64, capacity: usize) -> Self {
        let binary = if classes == 2 { capacity } else { 0 };
        Self {
            classes,
            smoothing,
            labels: vec![0; capacity],
            targets: vec![R::ZERO; binary],
            logits: vec![R::ZERO; binary],
            losses: vec![R::ZERO; capacity],
        }
    }

    /// Labels of a pass over the whole dataset.
    pub(super) fn take_labels(&mut self, labels: &[u32]) {
        self.labels[..labels.len()].copy_from_slice(labels);
    }

    /// Labels of a pass over some rows.
    pub(super) fn take_rows(&mut self, labels: &[u32], rows: &[u32]) {
        for (label, &row) in self.labels.iter_mut().zip(rows) {
            *label = labels[row as usize];
        }
    }

    /// Mean loss in nats; leaves its gradient in the top layer.
    pub(super) fn loss(&mut self, isa: Isa, rows: usize, top: &mut Layer<R>) -> R {
        let ld = padded(top.units());
        let (sums, gradient) = top.output_and_gradient();
        let (labels, losses) = (&self.labels[..rows], &mut self.losses[..rows]);
        if self.classes == 2 {
            let low = R::from_f64(0.5 * self.smoothing);
            let (targets, logits) = (&mut self.targets[..rows], &mut self.logits[..rows]);
            for (i, target) in targets.iter_mut().enumerate() {
                *target = if labels[i] == 1 { R::ONE - low } else { low };
                logits[i] = sums[i * ld];
            }
            sigmoid_cross_entropy(isa, targets, logits, losses);
            for (i, dz) in logits.iter().enumerate() {
                gradient[i * ld] = *dz;
            }
        } else {
            let gradient = &mut gradient[..rows * ld];
            gradient.copy_from_slice(&sums[..rows * ld]);
            let smoothing = R::from_f64(self.smoothing);
            softmax_cross_entropy(isa, labels, self.classes, smoothing, gradient, losses);
        }
        let total: f64 = losses.iter().map(|loss| loss.to_f64()).sum();
        #[expect(clippy::cast_precision_loss, reason = "a batch is far below 2^53")]
        R::from_f64(total / rows as f64)
    }
}
