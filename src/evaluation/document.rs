//! Analyses and verdicts of a job as one document.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Analyses, Evaluation, Verdict};

/// Analyses over all cells of a job, and the verdicts on its claims.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Analysis<'a> {
    /// The analyses.
    #[serde(flatten)]
    pub analyses: Cow<'a, Analyses>,
    /// One verdict for each claim in each cell to which it applies.
    pub verdicts: Cow<'a, [Verdict]>,
}

impl<'a> From<&'a Evaluation> for Analysis<'a> {
    fn from(evaluation: &'a Evaluation) -> Self {
        Self { analyses: Cow::Borrowed(&evaluation.analyses), verdicts: Cow::Borrowed(&evaluation.verdicts) }
    }
}

impl Analysis<'_> {
    /// The same, with capacities that have no curves.
    #[must_use]
    pub fn without_curves(evaluation: &Evaluation) -> Analysis<'_> {
        let mut analyses = evaluation.analyses.clone();
        for capacity in &mut analyses.capacity {
            capacity.estimate.curve.clear();
        }
        Analysis { analyses: Cow::Owned(analyses), ..Analysis::from(evaluation) }
    }
}
