//! How a search came to its capacity.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::science::analysis::interval::Interval;
use crate::spec::search::Setting;

/// Details of the search for a capacity.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// Learning rate that the search chose.
    pub learning_rate: f64,
    /// Training steps of every reported replicate.
    pub steps: u64,
    /// Number of trainings that served to choose learning rate, dataset size and steps.
    pub tuning_trainings: u64,
    /// Number of reported replicates; they are independent of the tuning replicates.
    pub reporting_draws: u64,
    /// Work of all trainings, in units of one training at the starting size and steps.
    pub work: f64,
    /// Work limit of the spec, in the same unit.
    pub work_limit: f64,
    /// By which share of the reported value another size may yield more, as far as the tuning
    /// replicates tell that chose the size: the upper end of the interval includes it. `null` where
    /// they were too few to tell.
    pub shortfall_of_the_size: Option<f64>,
    /// The same for a learning rate four times or a fourth of the chosen one, at the chosen size.
    pub shortfall_of_the_learning_rate: Option<f64>,
    /// Number of samples of the larger size on which the answer of `saturated` rests; `null` where
    /// none was tried on the reported replicates.
    pub larger_samples: Option<u64>,
    /// Relative decrease of the reported value at the larger size, on the same replicates.
    pub fall_at_the_larger_size: Option<Interval>,
    /// Number of samples at which twice the steps were tried: the reported size, or the larger one
    /// where the networks hold nearly all data of the reported size.
    pub twice_the_steps_samples: Option<u64>,
    /// Relative increase of the reported value under twice the steps, on the same replicates.
    pub raise_of_twice_the_steps: Option<Interval>,
    /// Half width of the 95 % interval, relative to the reported value.
    pub relative_half_width: Option<f64>,
    /// Whether `relative_half_width` is within the tolerance of the spec.
    pub within_tolerance: Option<bool>,
    /// Whether every reported replicate holds all its data: the capacity is then at least the
    /// reported value, and has no interval.
    pub holds_all_data: bool,
    /// Share of its dataset's bits that a network may lack to end its training early; `null` where
    /// every training takes all its steps.
    pub stop_when_held: Option<f64>,
}

impl Account {
    /// An account of the chosen configuration, before anything is counted.
    pub(super) fn at(setting: Setting) -> Self {
        Self {
            learning_rate: setting.learning_rate(),
            steps: setting.steps,
            tuning_trainings: 0,
            reporting_draws: 0,
            work: 0.0,
            work_limit: 0.0,
            shortfall_of_the_size: None,
            shortfall_of_the_learning_rate: None,
            larger_samples: None,
            fall_at_the_larger_size: None,
            twice_the_steps_samples: None,
            raise_of_twice_the_steps: None,
            relative_half_width: None,
            within_tolerance: None,
            holds_all_data: false,
            stop_when_held: None,
        }
    }
}
