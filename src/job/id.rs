//! The id of a job: a UUID of version 7, which sorts by the time at which it was
//! created. Knows no clock: the time is passed in.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use uuid::{NoContext, Timestamp, Uuid};

/// Unique id of a job (`UUIDv7`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(Uuid);

/// The text is not a job id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a job id is a uuid of version 7")]
pub struct InvalidJobId;

impl JobId {
    /// A new id, created at this time (milliseconds since 1970).
    #[must_use]
    pub fn at(milliseconds: u64) -> Self {
        let nanoseconds = u32::try_from(milliseconds % 1000).unwrap_or_default() * 1_000_000;
        Self(Uuid::new_v7(Timestamp::from_unix(NoContext, milliseconds / 1000, nanoseconds)))
    }

    /// This id if it sorts behind the other one, else a new one that does: a clock may go back.
    #[must_use]
    pub fn behind(self, other: Self) -> Self {
        if self > other { self } else { Self::at(other.milliseconds() + 1) }
    }

    /// The time that it tells.
    fn milliseconds(self) -> u64 {
        // RFC 9562, section 5.7: the first 48 bits
        u64::try_from(self.0.as_u128() >> 80).unwrap_or_default()
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for JobId {
    type Err = InvalidJobId;

    fn from_str(text: &str) -> Result<Self, InvalidJobId> {
        let uuid = Uuid::try_parse(text).map_err(|_| InvalidJobId)?;
        // digits in capitals are the same (RFC 9562, section 4); braces and URNs are other notations
        if uuid.get_version_num() != 7 || !uuid.hyphenated().to_string().eq_ignore_ascii_case(text) {
            return Err(InvalidJobId);
        }
        Ok(Self(uuid))
    }
}

impl JsonSchema for JobId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "JobId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "uuid" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_round_trips_and_sorts_by_time() {
        let (early, late) = (JobId::at(1_700_000_000_123), JobId::at(1_700_000_000_124));
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(early.to_string().parse(), Ok(early));
        // RFC 9562 section 5.7: the first 48 bits are the milliseconds
        let digits = early.to_string().replace('-', "");
        assert_eq!(u64::from_str_radix(&digits[..12], 16), Ok(1_700_000_000_123));
    }

    #[test]
    fn an_id_behind_another_one_keeps_its_time_only_where_that_is_later() {
        let (early, late) = (JobId::at(1_700_000_000_123), JobId::at(1_700_000_000_124));
        assert_eq!(late.behind(early), late);
        let behind = early.behind(late);
        assert!(behind > late && behind.milliseconds() == 1_700_000_000_125);
        assert!(late.behind(late) > late);
    }

    #[test]
    fn other_notations_and_versions_are_refused() {
        let id = JobId::at(1);
        let good = id.to_string();
        assert_eq!(good.to_uppercase().parse(), Ok(id));
        for bad in [
            String::new(),
            "job".into(),
            good.replace('-', ""),
            format!("{{{good}}}"),
            "919108f7-52d1-4320-9bac-f847db4148a8".into(),
        ] {
            assert_eq!(bad.parse::<JobId>(), Err(InvalidJobId), "{bad}");
        }
    }
}
