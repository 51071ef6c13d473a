//! The whole figure in pixels: title above, panels in rows, legend beside, notes below.

use super::canvas::{Lettering, document};
use super::legend::Legend;
use super::panel::{self, Frame};
use super::text::{BOLD, wrapped};
use super::theme::Theme;
use crate::figure::Figure;
use crate::figure::Scale;

const EDGE: i32 = 16;
/// Size of letters and height of a line.
const TITLE: (f64, i32) = (17.0, 23);
const SUBTITLE: (f64, i32) = (12.0, 17);
const NOTE: (f64, i32) = (11.0, 15);
/// Above each panel, where they have titles.
const PANEL_TITLE: i32 = 26;
/// Pixels to which a legend may stretch the plots beside it.
const TALLEST: i32 = 560;

impl Figure {
    /// The figure as an SVG document: the same bytes for the same figure.
    #[must_use]
    pub fn svg(&self, theme: Theme) -> String {
        let columns = columns(self.panels.len());
        let rows = i32::try_from(self.panels.len().div_ceil(columns)).unwrap_or(1);
        let across = i32::try_from(columns).unwrap_or(1);
        let mut plot = self.plot_size();
        let margins: Vec<(i32, i32)> = self.panels.iter().map(|one| panel::margins(one, plot)).collect();
        let left = margins.iter().map(|margin| margin.0).max().unwrap_or(0);
        let bottom = margins.iter().map(|margin| margin.1).max().unwrap_or(0);
        let above = if self.panels.iter().any(|panel| !panel.title.is_empty()) { PANEL_TITLE } else { 6 };
        let legend = Legend::of(self);
        let (legend_width, legend_height) = legend.size();
        // a long legend leaves room for taller plots
        plot.1 = plot.1.max(legend_height.min(TALLEST) / rows - bottom);
        let cell = (left + plot.0 + 22, above + plot.1 + bottom);
        let width = 2 * EDGE + across * cell.0 + legend_width;
        let inside = f64::from(width - 2 * EDGE);
        let title = wrapped(&self.title, TITLE.0, inside / BOLD, 2);
        let subtitle = wrapped(&self.subtitle, SUBTITLE.0, inside, 3);
        let notes: Vec<String> =
            self.notes.iter().flat_map(|note| wrapped(note, NOTE.0, inside, 5)).collect();
        let lines = |lines: &[String], height: i32| i32::try_from(lines.len()).unwrap_or(1) * height;
        let head = EDGE + lines(&title, TITLE.1) + lines(&subtitle, SUBTITLE.1) + 8;
        let body = (rows * cell.1).max(above + legend_height);
        let height = head + body + lines(&notes, NOTE.1) + EDGE;
        let size = (width.unsigned_abs(), height.unsigned_abs());
        document(size, theme, &format!("{}: {}", self.title, self.subtitle), |canvas| {
            let mut y = EDGE + TITLE.1 / 2;
            for line in &title {
                canvas.text(line, (EDGE, y), Lettering::new(TITLE.0, theme.ink()).bold());
                y += TITLE.1;
            }
            for line in &subtitle {
                canvas.text(line, (EDGE, y), Lettering::new(SUBTITLE.0, theme.muted()));
                y += SUBTITLE.1;
            }
            for (i, one) in self.panels.iter().enumerate() {
                let at = |place: usize| i32::try_from(place).unwrap_or(0);
                let (column, row) = (at(i % columns), at(i / columns));
                let corner = (EDGE + column * cell.0 + left, head + row * cell.1 + above);
                let frame = Frame { corner, width: plot.0, height: plot.1 };
                panel::draw(canvas, one, frame, left, bottom);
            }
            legend.draw(canvas, (EDGE + across * cell.0, head + above));
            let mut y = head + body + NOTE.1 / 2;
            for line in &notes {
                canvas.text(line, (EDGE, y), Lettering::new(NOTE.0, theme.muted()));
                y += NOTE.1;
            }
        })
    }

    /// Pixels of a panel's plot.
    fn plot_size(&self) -> (i32, i32) {
        /// Pixels of a name, up to the widest plot.
        const COLUMN: i32 = 46;
        const WIDEST: i32 = 1000;
        let (width, height) = match self.panels.len() {
            0 | 1 => (580, 380),
            2 => (420, 320),
            _ => (310, 240),
        };
        let names = self.panels.iter().map(|panel| match &panel.x.scale {
            Scale::Categories(names) => i32::try_from(names.len()).unwrap_or(WIDEST),
            _ => 0,
        });
        let names = names.max().unwrap_or(0).min(WIDEST / COLUMN);
        (if self.panels.len() < 3 { width.max(names * COLUMN) } else { width }, height)
    }
}

/// Panels side by side.
fn columns(panels: usize) -> usize {
    match panels {
        0..=3 => panels.max(1),
        4 => 2,
        5..=9 => 3,
        _ => 4,
    }
}
