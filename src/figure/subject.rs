//! What a figure is asked to show, and of what.

use crate::evaluation::Evaluation;
use crate::spec::ValidJobSpec;

/// What a figure is asked to show; what is left out is chosen by the job.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// Kind of the figure: `capacity`, `sizes` or `regularization` where the job has one, else `measurement`.
    pub kind: Option<String>,
    /// Path or name of the axis that runs to the right.
    pub x: Option<String>,
    /// Quantity that runs upward.
    pub y: Option<String>,
    /// `linear` or `log`: scale of the axis to the right.
    pub x_scale: Option<String>,
    /// `linear` or `log`: scale of the axis upward.
    pub y_scale: Option<String>,
}

/// What a figure is about.
pub(super) struct Subject<'a> {
    /// The job with its results.
    pub(super) evaluation: &'a Evaluation,
    /// The axis that was asked for.
    pub(super) x: Option<&'a str>,
    /// The quantity that was asked for.
    pub(super) y: Option<&'a str>,
}

impl Subject<'_> {
    pub(super) fn job(&self) -> &ValidJobSpec {
        &self.evaluation.spec
    }
}
