//! Likelihood ratio: what the network says of a sample beside what networks say that were trained
//! on other targets of the same inputs (Carlini et al. 2022). Of two classes `logit = a logit qBayes +
//! b logit qW + c logit r`, r of the mean logits of the references; without a noisy rule the last two.

use super::blend;
use super::given::Given;
use crate::science::bits::Nats;
use crate::science::evaluation::Prediction;

pub(super) fn code(given: &Given) -> Option<Nats> {
    let references = given.references?;
    let Prediction::Logits(logits) = given.evaluation.prediction() else { return None };
    let best = given.evaluation.best_inverse_temperature();
    if given.distribution.has_noisy_rule() {
        let starts = [[1.0, 0.0, 0.0], [0.0, best, 0.0], [0.0, 1.0, 0.0]];
        blend::of_symbols(given, [None, Some(logits), Some(references)], &starts)
    } else {
        let starts = [[0.0, 0.0], [best, 0.0], [1.0, 0.0]];
        blend::of_symbols(given, [Some(logits), Some(references)], &starts)
    }
}
