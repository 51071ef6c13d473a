//! How a job was made from another one.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::state::UnknownState;

/// How a job was made from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "JobRelation")]
pub enum Relation {
    /// Its spec is that of the other job, with changes.
    Clone,
    /// It has more replicates than the other job, whose ended trials it took over.
    Extension,
    /// It runs trials of the other job again and compares their digests.
    Verification,
}

impl Relation {
    /// All relations.
    pub const ALL: [Self; 3] = [Self::Clone, Self::Extension, Self::Verification];

    /// The name of the relation.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clone => "clone",
            Self::Extension => "extension",
            Self::Verification => "verification",
        }
    }

    /// Whether such a job plans rounds of its own where its spec asks for a search.
    #[must_use]
    pub const fn may_search(self) -> bool {
        !matches!(self, Self::Verification)
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Relation {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        let known = Self::ALL.into_iter().find(|relation| relation.as_str() == text);
        known.ok_or_else(|| UnknownState(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_text_use_the_same_words() {
        for relation in Relation::ALL {
            assert_eq!(relation.as_str().parse(), Ok(relation));
            assert_eq!(serde_json::to_value(relation).ok(), Some(relation.as_str().into()));
        }
    }
}
