//! How urgent a job is.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How urgent a job is. A trial of a lower priority starts only while no trial of a higher one waits;
/// jobs of one priority share the workers.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Behind all others. Calibrations have it.
    Background,
    /// What a job has unless somebody says otherwise.
    #[default]
    Normal,
    /// Before all others.
    High,
}

/// The text is not the name of a priority.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown priority {0:?}: background, normal or high")]
pub struct UnknownPriority(pub String);

impl Priority {
    /// All priorities, the lowest first.
    pub const ALL: [Self; 3] = [Self::Background, Self::Normal, Self::High];

    /// The name of the priority.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Background => "background",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    /// Its place in order, from 0.
    #[must_use]
    pub const fn rank(self) -> i64 {
        match self {
            Self::Background => 0,
            Self::Normal => 1,
            Self::High => 2,
        }
    }

    /// The priority of this rank.
    #[must_use]
    pub fn of_rank(rank: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.rank() == rank)
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Priority {
    type Err = UnknownPriority;

    fn from_str(text: &str) -> Result<Self, UnknownPriority> {
        let known = Self::ALL.into_iter().find(|priority| priority.as_str() == text);
        known.ok_or_else(|| UnknownPriority(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ranks_and_order_agree() {
        for priority in Priority::ALL {
            assert_eq!(priority.as_str().parse(), Ok(priority));
            assert_eq!(serde_json::to_value(priority).ok(), Some(priority.as_str().into()));
            assert_eq!(Priority::of_rank(priority.rank()), Some(priority));
        }
        assert!(Priority::ALL.is_sorted_by_key(|priority| priority.rank()) && Priority::ALL.is_sorted());
    }
}
