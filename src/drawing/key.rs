//! The key of one panel: the names of its series above its plot, in lines, where colours mean other
//! series in other panels.

use super::canvas::{Canvas, Lettering, Place, pixel};
use super::marker;
use super::text::{shortened, width};
use crate::figure::{Panel, Series};

const SIZE: f64 = 11.5;
const LINE: i32 = 16;
/// Pixels before a name, for its marker, and after it.
const MARKER: f64 = 14.0;
const GAP: f64 = 12.0;

/// Names with their places.
pub struct Key<'p> {
    entries: Vec<(i32, i32, &'p Series, String)>,
    lines: i32,
}

impl<'p> Key<'p> {
    /// The key of a panel whose plot has so many pixels; empty where the legend has the names.
    pub fn of(panel: &'p Panel, pixels: i32) -> Self {
        let mut key = Self { entries: Vec::new(), lines: 0 };
        let (mut x, most) = (0.0, f64::from(pixels));
        for series in panel.series.iter().filter(|series| panel.has_key && !series.is_context) {
            let label = shortened(&series.label, SIZE, most - MARKER);
            let wide = MARKER + width(&label, SIZE);
            if key.lines == 0 || x + wide > most {
                key.lines += 1;
                x = 0.0;
            }
            key.entries.push((pixel(x), key.lines - 1, series, label));
            x += wide + GAP;
        }
        key
    }

    /// Pixels above the plot.
    pub fn height(&self) -> i32 {
        if self.lines == 0 { 0 } else { self.lines * LINE + 4 }
    }

    /// Draws it above this corner of the plot.
    pub fn draw(&self, canvas: &Canvas, (left, top): Place) {
        for (x, line, series, label) in &self.entries {
            let y = top - self.height() + 4 + line * LINE + LINE / 2 - 3;
            canvas.group(&[("data-legend", series.label.clone())], || {
                marker::series(canvas, series.style, (left + x + 5, y));
                let place = (left + x + pixel(MARKER), y);
                canvas.text(label, place, Lettering::new(SIZE, canvas.theme.ink()));
            });
        }
    }
}
