//! Figures as neutral descriptions, pure functions of an evaluation: panels with axes, series
//! and intervals, ready to be drawn, served or read. Knows nothing of pixels, storage or HTTP.

mod capacity;
mod description;
mod grouping;
mod measurement;
mod regularization;
mod scale;
mod sizes;
mod subject;
mod titles;

pub use description::{Axis, Figure, Mark, Overlay, Panel, Point, Series};
pub use scale::Scale;
pub use subject::Request;
use subject::Subject;

use crate::evaluation::Evaluation;
use crate::spec::Fault;

/// A kind of figure.
struct Kind {
    name: &'static str,
    describe: fn(&Subject) -> Result<Figure, Vec<Fault>>,
}

/// Every kind: a new one is one file, its `mod` line and one line here.
const KINDS: [Kind; 4] = [
    Kind { name: "capacity", describe: capacity::figure },
    Kind { name: "measurement", describe: measurement::figure },
    Kind { name: "regularization", describe: regularization::figure },
    Kind { name: "sizes", describe: sizes::figure },
];

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
        (None, None) if sizes::applies(evaluation) => "sizes",
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
