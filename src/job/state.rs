//! The states of jobs and trials, with their names in JSON, in the database and on the command
//! line. Knows nothing else.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// State of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Accepted; no trial has started.
    Queued,
    /// At least one trial has started and not all have ended.
    Running,
    /// Every trial ended, none failed and at least one has measurements.
    Succeeded,
    /// Every trial ended, none failed and every training diverged (of a search every reported
    /// one): nothing was measured.
    Diverged,
    /// Every trial ended and at least one failed.
    Failed,
    /// Cancelled on request before every trial had ended.
    Cancelled,
}

/// State of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrialState {
    /// The trial waits for a worker.
    Queued,
    /// A worker runs the trial and holds a lease on it.
    Running,
    /// The trial ended with measurements.
    Succeeded,
    /// Training diverged (a parameter or loss became infinite or NaN): a result, not a failure.
    Diverged,
    /// The trial ended without a result.
    Failed,
    /// The job was cancelled before the trial ended.
    Cancelled,
}

/// The text is not the name of a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown state {0:?}")]
pub struct UnknownState(pub String);

impl JobState {
    /// All states, in the order in which they are reached.
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Succeeded, Self::Diverged, Self::Failed, Self::Cancelled];

    /// The name of the state.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Diverged => "diverged",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the state is final.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }

    /// What the state means for the results, where that is not plain.
    #[must_use]
    pub const fn note(self) -> Option<&'static str> {
        match self {
            Self::Diverged => {
                Some("every training diverged, so nothing was measured; a lower learning rate may help")
            }
            _ => None,
        }
    }
}

impl TrialState {
    /// All states, in the order in which they are reached.
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Succeeded, Self::Diverged, Self::Failed, Self::Cancelled];

    /// The name of the state.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Diverged => "diverged",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the state is final.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for TrialState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for JobState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| UnknownState(text.to_owned()))
    }
}

impl FromStr for TrialState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| UnknownState(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_measured_nothing_says_so() {
        for state in JobState::ALL {
            assert_eq!(state.note().is_some(), state == JobState::Diverged);
        }
        assert!(JobState::Diverged.is_terminal());
    }

    #[test]
    fn json_and_text_use_the_same_words() {
        for state in JobState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(serde_json::to_value(state).ok(), Some(state.as_str().into()));
        }
        for state in TrialState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(serde_json::to_value(state).ok(), Some(state.as_str().into()));
        }
        assert!("Queued".parse::<JobState>().is_err());
    }
}
