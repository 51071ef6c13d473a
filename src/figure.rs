//! Figures and tables of a job, as pure functions of its trials: the same bytes for the
//! same results, readable in light and dark. Knows `job` and `science` and nothing of
//! storage, threads or HTTP.

mod canvas;
mod capacity;
mod draw;
mod grouping;
mod legend;
mod marker;
mod measurement;
mod panel;
mod plot;
mod regularization;
mod scale;
pub mod table;
#[cfg(test)]
mod tests;
mod theme;
mod words;

pub use plot::{Axis, Figure, Form, Overlay, Panel, Point, Series};
pub use scale::Scale;
pub use theme::Theme;
pub use words::setting;

use crate::job::analysis::{Analysis, analyze};
use crate::job::results::{CellResult, TrialOutcome, results};
use crate::job::{Fault, ValidJobSpec};

/// A kind of figure.
struct Kind {
    name: &'static str,
    draw: fn(&Subject) -> Result<Figure, Vec<Fault>>,
}

/// Every kind: a new one is one file and one line here.
const KINDS: [Kind; 3] = [
    Kind { name: "capacity", draw: capacity::figure },
    Kind { name: "measurement", draw: measurement::figure },
    Kind { name: "regularization", draw: regularization::figure },
];

/// What a figure is asked to show; what is left out is chosen by the job.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// Kind of the figure: `capacity` or `regularization` where the job has one, else `measurement`.
    pub kind: Option<String>,
    /// `light` unless stated, or `dark`.
    pub theme: Option<String>,
    /// Path or name of the axis that runs to the right.
    pub x: Option<String>,
    /// Quantity that runs upward.
    pub y: Option<String>,
}

/// What a figure is about.
pub struct Subject<'a> {
    /// The job.
    pub job: &'a ValidJobSpec,
    /// Its trials as far as they have come.
    pub trials: &'a [TrialOutcome],
    /// What was measured in each cell.
    pub results: &'a [CellResult],
    /// What the cells say together.
    pub analysis: &'a Analysis,
    /// The axis that was asked for.
    pub x: Option<&'a str>,
    /// The quantity that was asked for.
    pub y: Option<&'a str>,
}

/// The names of all kinds.
#[must_use]
pub fn kinds() -> Vec<&'static str> {
    KINDS.iter().map(|kind| kind.name).collect()
}

/// The figure of a job as SVG.
///
/// # Errors
/// Every fault of the request, each at the parameter's name.
pub fn svg(job: &ValidJobSpec, trials: &[TrialOutcome], request: &Request) -> Result<String, Vec<Fault>> {
    let (results, analysis) = (results(job, trials), analyze(job, trials));
    let default = match (&request.x, &request.y) {
        (None, None) if !analysis.capacity.is_empty() => "capacity",
        (None, None) if analysis.regularization.iter().any(|all| !all.spreads.is_empty()) => "regularization",
        _ => "measurement", // who names an axis asks for one
    };
    let name = request.kind.as_deref().unwrap_or(default);
    let mut faults = Vec::new();
    let theme = request.theme.as_deref().map_or(Ok(Theme::default()), str::parse);
    let theme = theme.map_err(|detail: &str| faults.push(Fault::new("/theme", detail)));
    let kind = KINDS.iter().find(|kind| kind.name == name);
    let subject = Subject {
        job,
        trials,
        results: &results,
        analysis: &analysis,
        x: request.x.as_deref(),
        y: request.y.as_deref(),
    };
    let figure = match kind {
        Some(kind) => (kind.draw)(&subject),
        None => Err(vec![Fault::new("/kind", format!("must be one of {}", kinds().join(", ")))]),
    };
    match (theme, figure) {
        (Ok(theme), Ok(figure)) => Ok(figure.svg(theme)),
        (_, figure) => {
            faults.extend(figure.err().unwrap_or_default());
            faults.sort();
            Err(faults)
        }
    }
}
