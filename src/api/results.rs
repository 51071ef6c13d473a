//! Results and analyses.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evaluation::{Analyses, CellResult, Evaluation, Verdict};

/// Results of every cell, in sweep order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResultList<'a> {
    /// The cells.
    pub items: Cow<'a, [CellResult]>,
}

/// What the cells say together, and what they say of the job's claims.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Analysis<'a> {
    /// The analyses.
    #[serde(flatten)]
    pub analyses: Cow<'a, Analyses>,
    /// What the results say of the job's claims.
    pub verdicts: Cow<'a, [Verdict]>,
}

impl<'a> From<&'a Evaluation> for ResultList<'a> {
    fn from(evaluation: &'a Evaluation) -> Self {
        Self { items: Cow::Borrowed(&evaluation.results) }
    }
}

impl<'a> From<&'a Evaluation> for Analysis<'a> {
    fn from(evaluation: &'a Evaluation) -> Self {
        Self { analyses: Cow::Borrowed(&evaluation.analyses), verdicts: Cow::Borrowed(&evaluation.verdicts) }
    }
}
