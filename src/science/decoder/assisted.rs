//! Assisted: `q* ~ qBayes^a qW^b`, renormalized, (a, b) fitted to the targets. Of two classes
//! `logit = a logit qBayes + b logit qW`. What the network says of single samples is read beside
//! the rule that explains the others; without a noisy rule there is nothing to read beside.

use super::blend;
use super::given::Given;
use crate::science::bits::Nats;
use crate::science::evaluation::Prediction;

pub(super) fn code(given: &Given) -> Option<Nats> {
    if !given.distribution.has_noisy_rule() {
        return None;
    }
    let best = given.evaluation.best_inverse_temperature();
    let starts = [[1.0, 0.0], [0.0, best], [0.0, 1.0]];
    match given.evaluation.prediction() {
        Prediction::Logits(logits) => blend::of_symbols(given, [None, Some(logits)], &starts),
        Prediction::Gaussian { mean, log_sd } => blend::of_normals(given, mean, log_sd.as_ref(), &starts),
        _ => None,
    }
}
