//! The states of a calibration: a run of the suite of known answers.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::state::UnknownState;

/// State of a calibration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationState {
    /// Not all of its jobs have ended.
    Running,
    /// Every job ended and the certificate was issued, whatever it says.
    Succeeded,
    /// It was cancelled, one of its jobs was cancelled or deleted, or another build took over its
    /// data directory: there is no certificate of it.
    Cancelled,
}

impl CalibrationState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Running, Self::Succeeded, Self::Cancelled];

    /// The name of the state.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Cancelled => "cancelled",
        }
    }
}

impl FromStr for CalibrationState {
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
    fn json_and_text_use_the_same_words() {
        for state in CalibrationState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(serde_json::to_value(state).ok(), Some(state.as_str().into()));
        }
    }
}
