//! What a trial is: everything that its report depends on.

use serde::{Deserialize, Serialize};

use super::cost::{self, Cost, Parts};
use crate::science::estimator::Estimator;
use crate::science::network::Network;
use crate::science::regularizer::Regularizer;
use crate::science::source::Source;
use crate::science::training::Training;

/// Everything that a trial's result depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialSpec {
    /// Where the data comes from.
    pub dataset: Source,
    /// What is trained.
    pub network: Network,
    /// What restricts it.
    pub regularizers: Vec<Regularizer>,
    /// How it is trained.
    pub training: Training,
    /// What is measured.
    pub estimators: Vec<Estimator>,
    /// The job's seed.
    pub seed: u64,
    /// Which of the independent repetitions this is.
    pub replicate: u64,
}

impl TrialSpec {
    /// What it costs.
    #[must_use]
    pub fn cost(&self) -> Cost {
        cost::of(self.parts())
    }

    fn parts(&self) -> Parts<'_> {
        Parts {
            dataset: &self.dataset,
            network: &self.network,
            regularizers: &self.regularizers,
            training: &self.training,
            estimators: &self.estimators,
        }
    }

    /// Whether an equal spec gives equal bytes again.
    #[must_use]
    pub fn is_reproducible(&self) -> bool {
        self.training.optimizer.threads().is_none()
    }
}
