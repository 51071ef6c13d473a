//! Where the rows of a table come from: the job, the root of its randomness, its spec, the
//! arithmetic, and the version of this program.

use std::collections::BTreeSet;

use crate::evaluation::Evaluation;
use crate::science::trial::TrialReport;
use crate::table::{Column, Entry, Kind};

/// Where the rows of a job's tables come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Unique id of the job.
    pub job: String,
    /// Root of all its randomness.
    pub seed: u64,
    /// Digest of its spec.
    pub spec_digest: String,
    /// Arithmetic of its trials; `None` where each row states its own, or no trial has ended.
    pub numeric_profile: Option<String>,
    /// Version of the program that writes the table.
    pub version: &'static str,
}

impl Origin {
    /// Columns with the value that each has in every row.
    #[must_use]
    pub fn columns(self) -> Vec<(Column, Entry)> {
        let text = |name: &str, text: String| (Column::new(name, Kind::Text), Entry::Text(text));
        let profile = self.numeric_profile.map_or(Entry::Missing, Entry::Text);
        // beyond the whole numbers of other programs a seed is its digits
        let seed = match i64::try_from(self.seed) {
            Ok(seed) => (Column::new("seed", Kind::Integer), Entry::Integer(seed)),
            Err(_) => text("seed", self.seed.to_string()),
        };
        vec![
            text("job", self.job),
            seed,
            text("spec_digest", self.spec_digest),
            (Column::new("numeric_profile", Kind::Text), profile),
            text("version", self.version.to_owned()),
        ]
    }
}

/// The arithmetic of a report.
pub(super) fn profile_of(report: &TrialReport) -> &str {
    match report {
        TrialReport::Succeeded(measured) => &measured.numeric_profile,
        TrialReport::Diverged(diverged) => &diverged.numeric_profile,
    }
}

impl Evaluation {
    /// The arithmetic of all trials that have ended; several where builds differed.
    #[must_use]
    pub fn numeric_profile(&self) -> Option<String> {
        let reports = self.outcomes.iter().filter_map(|outcome| outcome.report.as_ref());
        let profiles: BTreeSet<&str> = reports.map(profile_of).collect();
        (!profiles.is_empty()).then(|| profiles.into_iter().collect::<Vec<_>>().join(", "))
    }
}
