//! Figures as neutral descriptions, pure functions of an evaluation: panels with axes, series
//! and intervals, ready to be drawn, served or read. Knows nothing of pixels, storage or HTTP.

mod capacity;
mod compare;
mod description;
mod grouping;
mod legible;
mod measurement;
mod quantities;
mod rate_distortion;
mod regularization;
mod scale;
mod scales;
mod scaling;
mod sizes;
mod subject;
mod titles;

pub use description::{Axis, Figure, Mark, Overlay, Panel, Point, Series};
pub use scale::Scale;
pub use subject::Request;
use subject::Subject;

pub use legible::MOST_COLOURS;

use crate::evaluation::Evaluation;
use crate::spec::Fault;

/// A kind of figure.
struct Kind {
    name: &'static str,
    describe: fn(&Subject) -> Result<Figure, Vec<Fault>>,
}

/// Every kind: a new one is one file, its `mod` line and one line here.
const KINDS: [Kind; 9] = [
    Kind { name: "capacity", describe: capacity::figure },
    Kind { name: "compare", describe: compare::figure },
    Kind { name: "exploration", describe: quantities::exploration },
    Kind { name: "gradients", describe: quantities::gradients },
    Kind { name: "measurement", describe: measurement::figure },
    Kind { name: "rate-distortion", describe: rate_distortion::figure },
    Kind { name: "regularization", describe: regularization::figure },
    Kind { name: "scaling", describe: scaling::figure },
    Kind { name: "sizes", describe: sizes::figure },
];

/// The names of all kinds.
#[must_use]
pub fn kinds() -> Vec<&'static str> {
    KINDS.iter().map(|kind| kind.name).collect()
}

/// The kinds of which a job has something to draw, that which is drawn unasked first.
#[must_use]
pub fn kinds_of(evaluation: &Evaluation) -> Vec<&'static str> {
    let own = default_kind(evaluation);
    let subject = Subject { evaluation, x: None, y: None };
    let others = KINDS.iter().filter(|kind| kind.name != own && (kind.describe)(&subject).is_ok());
    std::iter::once(own).chain(others.map(|kind| kind.name)).collect()
}

fn default_kind(evaluation: &Evaluation) -> &'static str {
    let analyses = &evaluation.analyses;
    match () {
        () if !analyses.capacity.is_empty() => "capacity",
        () if sizes::applies(evaluation) => "sizes",
        () if analyses.regularization.iter().any(|all| !all.spreads.is_empty()) => "regularization",
        () => "measurement",
    }
}

/// The figure of a job.
///
/// # Errors
/// Every fault of the request, each at the parameter's name.
pub fn describe(evaluation: &Evaluation, request: &Request) -> Result<Figure, Vec<Fault>> {
    // `log` where an axis is expected asks for a logarithmic one
    let is_axis = |x: &str| evaluation.spec.sweep().axes().iter().any(|axis| axis.path == x);
    let (x, short) = match request.x.as_deref() {
        Some(x) if scales::scale(x).is_some() && !is_axis(x) => (None, Some(x)),
        x => (x, None),
    };
    let default = match (x, &request.y) {
        (None, None) => default_kind(evaluation),
        _ => "measurement", // who names an axis asks for one
    };
    let name = request.kind.as_deref().unwrap_or(default);
    let subject = Subject { evaluation, x, y: request.y.as_deref() };
    let figure = match KINDS.iter().find(|kind| kind.name == name) {
        Some(kind) => (kind.describe)(&subject),
        None => Err(vec![Fault::new("/kind", format!("must be one of {}", kinds().join(", ")))]),
    };
    let (x_scale, y_scale) = (request.x_scale.as_deref().or(short), request.y_scale.as_deref());
    match figure {
        Ok(figure) => Ok(legible::legible(scales::rescaled(figure, x_scale, y_scale)?)),
        Err(mut faults) => {
            // what can be said of the scales without a figure is said too
            faults.extend(scales::rescaled(Figure::default(), x_scale, y_scale).err().unwrap_or_default());
            Err(faults)
        }
    }
}
