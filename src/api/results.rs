//! Results and analyses.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evaluation::{Analyses, CellResult, Evaluation, Verdict};

/// One page of results, in sweep order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResultList<'a> {
    /// One result for each cell; of a search one for each configuration that was trained.
    pub items: Cow<'a, [CellResult]>,
    /// Cursor of the next page; `null` on the last page.
    #[serde(default)]
    pub next_cursor: Option<String>,
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

impl<'a> ResultList<'a> {
    /// So many results from a place on.
    #[must_use]
    pub fn page(evaluation: &'a Evaluation, from: usize, limit: usize) -> Self {
        let all = &evaluation.results;
        let from = from.min(all.len());
        let to = from.saturating_add(limit).min(all.len());
        let next_cursor = (to < all.len()).then(|| to.to_string());
        Self { items: Cow::Borrowed(&all[from..to]), next_cursor }
    }
}

impl<'a> From<&'a Evaluation> for Analysis<'a> {
    fn from(evaluation: &'a Evaluation) -> Self {
        Self { analyses: Cow::Borrowed(&evaluation.analyses), verdicts: Cow::Borrowed(&evaluation.verdicts) }
    }
}
