//! Early stopping: an eye on the validation draw.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::task::Task;
use super::trained::Snapshot;
use crate::science::data::Dataset;
use crate::science::evaluation::Evaluation;
use crate::science::network::model::Model;
use crate::science::regularizer::Patience;

/// Early stopping: watches the validation draw and keeps the best parameters.
pub(super) struct Watch<'a> {
    validation: &'a Dataset,
    patience: Patience,
    steps: u64,
    pub(super) seen: Seen,
}

/// What the looks so far have shown.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Seen {
    /// Least cross-entropy, in nats, and the network that had it.
    pub(super) best: Option<(f64, Snapshot)>,
    looks_without_best: u32,
}

impl<'a> Watch<'a> {
    /// The strictest rule among the regularizers, if any has one.
    pub(super) fn new(task: &Task<'a>) -> Option<Self> {
        let patience = task.regularizers.iter().filter_map(|regularizer| regularizer.patience());
        let patience = patience.min_by_key(|p| p.interval.saturating_mul(u64::from(p.looks)))?;
        let validation = task.validation.expect("a validation draw is made when a regularizer looks at one");
        Some(Self { validation, patience, steps: task.training.steps, seen: Seen::default() })
    }

    /// Every interval, and after the last of all steps: the rest of an interval is no reason
    /// to throw the end of a training away.
    pub(super) fn is_due(&self, taken: u64) -> bool {
        taken.is_multiple_of(self.patience.interval) || taken == self.steps
    }

    pub(super) fn look<M: Model<f32>>(
        &mut self,
        model: &mut M,
        taken: u64,
        parameters: &[f32],
    ) -> ControlFlow<()> {
        let prediction = model.predict(parameters, self.validation);
        let loss = Evaluation::new(prediction, &self.validation.targets).cross_entropy().0;
        let improved = self.seen.best.as_ref().is_none_or(|(best, _)| loss < *best);
        if improved && loss.is_finite() {
            let (parameters, adapted) = (parameters.to_vec(), model.adapted());
            self.seen.best = Some((loss, Snapshot { taken, parameters, adapted }));
            self.seen.looks_without_best = 0;
        } else {
            self.seen.looks_without_best += 1;
        }
        if self.seen.looks_without_best >= self.patience.looks {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    pub(super) fn best(self) -> Option<Snapshot> {
        self.seen.best.map(|(_, best)| best)
    }
}
