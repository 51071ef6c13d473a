//! Drawing: a figure's description as SVG, the same bytes for the same figure, readable in
//! light and dark. The only room with plotters; knows nothing of jobs.

mod canvas;
mod draw;
mod key;
mod legend;
mod marker;
mod marks;
mod panel;
mod picture;
#[cfg(test)]
mod tests;
mod text;
mod theme;

pub use picture::Picture;
pub use theme::Theme;

use std::ops::RangeInclusive;

use crate::evaluation::Evaluation;
use crate::figure::{self, Request};
use crate::spec::Fault;

/// Widths that may be asked for, in pixels.
const WIDTHS: RangeInclusive<u16> = 360..=4000;

/// How a figure looks, as it was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// `light` unless stated, or `dark`.
    pub theme: Option<String>,
    /// Pixels from left to right.
    pub width: Option<String>,
    /// Whether series, points and names are groups with attributes, for a page that shows parts of it.
    pub is_marked: bool,
}

impl Look {
    fn parse(&self) -> Result<(Theme, Option<u16>), Vec<Fault>> {
        let theme = self.theme.as_deref().map_or(Ok(Theme::default()), str::parse);
        let theme = theme.map_err(|detail: &str| Fault::new("/theme", detail));
        let width = self.width.as_deref().map(|text| {
            let width = text.parse().ok().filter(|width| WIDTHS.contains(width));
            let detail =
                || format!("must be a whole number of pixels, {} to {}", WIDTHS.start(), WIDTHS.end());
            width.ok_or_else(|| Fault::new("/width", detail()))
        });
        match (theme, width.transpose()) {
            (Ok(theme), Ok(width)) => Ok((theme, width)),
            (theme, width) => Err([theme.err(), width.err()].into_iter().flatten().collect()),
        }
    }
}

/// The figure of a job as SVG.
///
/// # Errors
/// Every fault of the request, each at the parameter's name.
pub fn svg(evaluation: &Evaluation, request: &Request, look: &Look) -> Result<String, Vec<Fault>> {
    let is_marked = look.is_marked;
    match (look.parse(), figure::describe(evaluation, request)) {
        (Ok((theme, width)), Ok(figure)) => Ok(figure.drawn(theme, width, is_marked)),
        (look, figure) => {
            let mut faults = look.err().unwrap_or_default();
            faults.extend(figure.err().unwrap_or_default());
            faults.sort();
            Err(faults)
        }
    }
}
