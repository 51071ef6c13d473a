//! Results and analyses.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evaluation::{Analyses, CellResult, Evaluation, Verdict};

/// Results of every cell, in sweep order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResultList<'a> {
    /// One result for each cell; of a search one for each configuration that was trained.
    pub items: Cow<'a, [CellResult]>,
}

/// Analyses over all cells of a job, and the verdicts on its claims.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Analysis<'a> {
    /// The analyses.
    #[serde(flatten)]
    pub analyses: Cow<'a, Analyses>,
    /// One verdict for each claim in each cell to which it applies.
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
