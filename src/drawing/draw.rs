//! The whole figure in pixels: title above, panels in rows, legend beside or below, notes below.

use super::canvas::{Lettering, Words, document};
use super::key::Key;
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
/// Right of each plot.
const GAP: i32 = 22;
/// Pixels to which a legend may stretch the plots beside it.
const TALLEST: i32 = 560;
/// Pixels below which panels rather stand below each other.
const NARROWEST: i32 = 190;
/// Widths of figures: of one panel, and of several.
const WIDTHS: (i32, i32) = (900, 1280);
/// Names on one axis beyond which one panel takes the greater width.
const MANY_NAMES: usize = 12;

/// Pixels and places of all parts.
struct Layout {
    width: i32,
    columns: i32,
    rows: i32,
    /// Left of each plot and below it.
    margins: (i32, i32),
    /// Above each plot.
    above: i32,
    plot: (i32, i32),
    is_beside: bool,
}

impl Figure {
    /// The figure as an SVG document: the same bytes for the same figure. Every figure of one panel is
    /// equally wide, and so is every other, unless a width in pixels is stated.
    #[must_use]
    pub fn svg(&self, theme: Theme, width: Option<u16>) -> String {
        self.drawn(theme, width, false)
    }

    /// The same picture; marked, its parts are groups with attributes.
    pub(super) fn drawn(&self, theme: Theme, width: Option<u16>, is_marked: bool) -> String {
        let legend = Legend::of(self);
        let layout = self.layout(width.map(i32::from), legend.size());
        let Layout { width, columns, rows, margins: (left, bottom), above, plot, is_beside } = layout;
        let cell = (left + plot.0 + GAP, above + plot.1 + bottom);
        let inside = f64::from(width - 2 * EDGE);
        let title = wrapped(&self.title, TITLE.0, inside / BOLD, 3);
        let subtitle = wrapped(&self.subtitle, SUBTITLE.0, inside, 5);
        let notes: Vec<String> =
            self.notes.iter().flat_map(|note| wrapped(note, NOTE.0, inside, 5)).collect();
        let lines = |lines: &[String], height: i32| i32::try_from(lines.len()).unwrap_or(1) * height;
        let head = EDGE + lines(&title, TITLE.1) + lines(&subtitle, SUBTITLE.1) + 8;
        let legend_height = legend.size().1;
        let body = if is_beside {
            (rows * cell.1).max(above + legend_height)
        } else {
            rows * cell.1 + legend_height + 10
        };
        let height = head + body + lines(&notes, NOTE.1) + EDGE;
        let size = (width.unsigned_abs(), height.unsigned_abs());
        let words = Words { title: &self.title, subtitle: &self.subtitle, notes: &self.notes };
        document(size, theme, (&words, is_marked), |canvas| {
            let mut y = EDGE + TITLE.1 / 2;
            for line in &title {
                canvas.text(line, (EDGE, y), Lettering::new(TITLE.0, theme.ink()).bold());
                y += TITLE.1;
            }
            for line in &subtitle {
                canvas.text(line, (EDGE, y), Lettering::new(SUBTITLE.0, theme.muted()));
                y += SUBTITLE.1;
            }
            for (i, one) in (0..).zip(&self.panels) {
                let (column, row) = (i % columns, i / columns);
                let corner = (EDGE + column * cell.0 + left, head + row * cell.1 + above);
                let frame = Frame { corner, width: plot.0, height: plot.1 };
                panel::draw(canvas, one, frame, left, bottom);
            }
            let corner = if is_beside {
                (EDGE + columns * cell.0, head + above)
            } else {
                (EDGE, head + rows * cell.1 + 6)
            };
            legend.draw(canvas, corner);
            let mut y = head + body + NOTE.1 / 2;
            for line in &notes {
                canvas.text(line, (EDGE, y), Lettering::new(NOTE.0, theme.muted()));
                y += NOTE.1;
            }
        })
    }

    fn layout(&self, width: Option<i32>, legend: (i32, i32)) -> Layout {
        let names = |scale: &Scale| match scale {
            Scale::Categories(names) => names.len(),
            _ => 0,
        };
        let across = self.panels.iter().map(|panel| names(&panel.x.scale)).max().unwrap_or(0);
        let is_wide = self.panels.len() > 1 || across > MANY_NAMES;
        let width = width.unwrap_or(if is_wide { WIDTHS.1 } else { WIDTHS.0 });
        let is_beside = legend.0 * 5 < width * 2;
        let inside = width - 2 * EDGE - if is_beside { legend.0 } else { 0 };
        let mut plot = match self.panels.len() {
            0 | 1 => (580, 380),
            2 => (420, 320),
            _ => (310, 240),
        };
        // one line a name upward
        let up = self.panels.iter().map(panel::height_of_names).max().unwrap_or(0);
        plot.1 = if up > 0 { up.max(80) } else { plot.1 };
        let margins = |plot: (i32, i32)| {
            let all: Vec<(i32, i32)> = self.panels.iter().map(|one| panel::margins(one, plot)).collect();
            let most = |of: fn(&(i32, i32)) -> i32| all.iter().map(of).max().unwrap_or(0);
            (most(|margins| margins.0), most(|margins| margins.1))
        };
        let left = margins(plot).0;
        let mut columns =
            i32::try_from(self.columns.unwrap_or_else(|| columns(self.panels.len()))).unwrap_or(1);
        while columns > 1 && inside / columns - left - GAP < NARROWEST {
            columns -= 1;
        }
        plot.0 = (inside / columns - left - GAP).max(80);
        if up == 0 {
            plot.1 = plot.1.min(plot.0.max(160));
        }
        let margins = margins(plot);
        let rows = i32::try_from(self.panels.len()).unwrap_or(1).max(1).div_euclid(columns)
            + i32::from(
                i32::try_from(self.panels.len()).unwrap_or(1) % columns != 0 && self.panels.len() > 1,
            );
        let rows = rows.max(1);
        if is_beside {
            // a long legend leaves room for taller plots
            plot.1 = plot.1.max(legend.1.min(TALLEST) / rows - margins.1);
        }
        let has_titles = self.panels.iter().any(|panel| !panel.title.is_empty());
        let keys = self.panels.iter().map(|panel| Key::of(panel, plot.0).height()).max().unwrap_or(0);
        let above = keys + if has_titles { PANEL_TITLE } else { 6 };
        Layout { width, columns, rows, margins, above, plot, is_beside }
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
