//! Comparisons of jobs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evaluation::compare::JobComparison;

/// One page of the differences between jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComparisonPage {
    /// The comparison, with the differences of this page.
    #[serde(flatten)]
    pub comparison: JobComparison,
    /// Number of differences on all pages; p-values are corrected over all of them.
    pub total: usize,
    /// Cursor of the next page; `null` on the last page.
    pub next_cursor: Option<String>,
}
