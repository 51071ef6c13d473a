//! Drawing: a figure's description as SVG, the same bytes for the same figure, readable in
//! light and dark. The only room with plotters; knows nothing of jobs.

mod canvas;
mod draw;
mod legend;
mod marker;
mod panel;
#[cfg(test)]
mod tests;
mod text;
mod theme;

pub use theme::Theme;

use crate::evaluation::Evaluation;
use crate::figure::{self, Request};
use crate::spec::Fault;

/// The figure of a job as SVG; `theme` is `light` unless stated, or `dark`.
///
/// # Errors
/// Every fault of the request, each at the parameter's name.
pub fn svg(evaluation: &Evaluation, request: &Request, theme: Option<&str>) -> Result<String, Vec<Fault>> {
    let theme = theme.map_or(Ok(Theme::default()), str::parse);
    let theme = theme.map_err(|detail: &str| vec![Fault::new("/theme", detail)]);
    match (theme, figure::describe(evaluation, request)) {
        (Ok(theme), Ok(figure)) => Ok(figure.svg(theme)),
        (theme, figure) => {
            let mut faults = theme.err().unwrap_or_default();
            faults.extend(figure.err().unwrap_or_default());
            faults.sort();
            Err(faults)
        }
    }
}
