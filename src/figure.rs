//! Figures as neutral descriptions, pure functions of an evaluation: panels with axes, series
//! and intervals, ready to be drawn, served or read. Knows nothing of pixels, storage or HTTP.

mod capacity;
mod description;
mod grouping;
mod measurement;
mod regularization;
mod scale;

pub use description::{Axis, Figure, Mark, Overlay, Panel, Point, Series};
pub use scale::Scale;

use crate::evaluation::Evaluation;
use crate::spec::{Fault, ValidJobSpec};

/// A kind of figure.
struct Kind {
    name: &'static str,
    describe: fn(&Subject) -> Result<Figure, Vec<Fault>>,
}

/// Every kind: a new one is one file, its `mod` line and one line here.
const KINDS: [Kind; 3] = [
    Kind { name: "capacity", describe: capacity::figure },
    Kind { name: "measurement", describe: measurement::figure },
    Kind { name: "regularization", describe: regularization::figure },
];

/// What a figure is asked to show; what is left out is chosen by the job.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// Kind of the figure: `capacity` or `regularization` where the job has one, else `measurement`.
    pub kind: Option<String>,
    /// Path or name of the axis that runs to the right.
    pub x: Option<String>,
    /// Quantity that runs upward.
    pub y: Option<String>,
}

/// What a figure is about.
struct Subject<'a> {
    /// The job with its results.
    evaluation: &'a Evaluation,
    /// The axis that was asked for.
    x: Option<&'a str>,
    /// The quantity that was asked for.
    y: Option<&'a str>,
}

impl Subject<'_> {
    fn job(&self) -> &ValidJobSpec {
        &self.evaluation.spec
    }
}

/// The names of all kinds.
#[must_use]
pub fn kinds() -> Vec<&'static str> {
    KINDS.iter().map(|kind| kind.name).collect()
}

/// The figure of a job.
///
/// # Errors
/// Every fault of the request, each at the parameter's name.
pub fn describe(evaluation: &Evaluation, request: &Request) -> Result<Figure, Vec<Fault>> {
    let analyses = &evaluation.analyses;
    let default = match (&request.x, &request.y) {
        (None, None) if !analyses.capacity.is_empty() => "capacity",
        (None, None) if analyses.regularization.iter().any(|all| !all.spreads.is_empty()) => "regularization",
        _ => "measurement", // who names an axis asks for one
    };
    let name = request.kind.as_deref().unwrap_or(default);
    let subject = Subject { evaluation, x: request.x.as_deref(), y: request.y.as_deref() };
    match KINDS.iter().find(|kind| kind.name == name) {
        Some(kind) => (kind.describe)(&subject),
        None => Err(vec![Fault::new("/kind", format!("must be one of {}", kinds().join(", ")))]),
    }
}
