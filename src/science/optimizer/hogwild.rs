//! Asynchronous gradient descent for real: threads without locks.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Step, UpdateRule};
use crate::science::family::Item;
use crate::science::kernel::update::descend;
use crate::science::seed::Stream;

/// Gradient descent by several threads on shared parameters without locks (Niu et
/// al. 2011): each reads whatever stands there, computes the gradient of a minibatch
/// of its own and subtracts it, and updates that meet may be lost. The steps of
/// all threads together are counted.
///
/// Nothing of it can be repeated: reports say `reproducible: false`, and no
/// checkpoints are made. `delayed_sgd` is the repeatable form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Hogwild {
    /// Threads that share the parameters; they run beside those of other trials.
    #[garde(range(min = 1, max = 64))]
    pub threads: usize,
}

impl Item for Hogwild {
    const SUMMARY: &'static str =
        "gradient descent by threads without locks, not reproducible (Niu et al. 2011)";

    fn example() -> Self {
        Self { threads: 2 }
    }
}

impl UpdateRule for Hogwild {
    fn slots(&self) -> usize {
        0
    }

    #[expect(clippy::cast_possible_truncation, reason = "training is in f32")]
    fn update(
        &self,
        step: Step,
        _stream: &mut Stream,
        parameters: &mut [f32],
        gradients: &[f32],
        _slots: &mut [Vec<f32>],
    ) {
        descend(step.isa, step.learning_rate as f32, parameters, gradients);
    }

    fn threads(&self) -> Option<usize> {
        Some(self.threads)
    }
}
