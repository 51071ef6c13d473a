//! Markers: the shapes that tell series apart without colour.

use plotters::style::RGBColor;

use super::canvas::{Canvas, Place, pixel};
use super::theme::COLOURS;
use crate::figure::Mark;

/// Half the size of a marker.
const REACH: f64 = 4.0;

/// The marker of a series at a place, in the series' colour.
pub fn series(canvas: &Canvas, style: usize, (x, y): Place) {
    let colour = canvas.theme.colour(style);
    let around = |places: &[(f64, f64)]| -> Vec<Place> {
        places.iter().map(|(dx, dy)| (x + pixel(dx * REACH), y + pixel(dy * REACH))).collect()
    };
    match style % COLOURS {
        0 => canvas.disc((x, y), pixel(REACH), colour),
        1 => canvas.shape(&around(&[(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]), colour),
        2 => canvas.shape(&around(&[(0.0, -1.3), (1.2, 1.0), (-1.2, 1.0)]), colour),
        3 => canvas.shape(&around(&[(0.0, -1.4), (1.4, 0.0), (0.0, 1.4), (-1.4, 0.0)]), colour),
        4 => canvas.shape(&around(&[(0.0, 1.3), (1.2, -1.0), (-1.2, -1.0)]), colour),
        5 => {
            canvas.line(&around(&[(-1.0, -1.0), (1.0, 1.0)]), colour, 2);
            canvas.line(&around(&[(-1.0, 1.0), (1.0, -1.0)]), colour, 2);
        }
        6 => {
            canvas.line(&around(&[(-1.3, 0.0), (1.3, 0.0)]), colour, 2);
            canvas.line(&around(&[(0.0, -1.3), (0.0, 1.3)]), colour, 2);
        }
        7 => canvas.ring((x, y), pixel(REACH), colour),
        8 => canvas.shape(&around(&[(-1.3, 0.0), (0.8, -1.2), (0.8, 1.2)]), colour),
        _ => canvas.shape(&around(&[(1.3, 0.0), (-0.8, -1.2), (-0.8, 1.2)]), colour),
    }
}

/// A mark of an overlay at a place, so wide to both sides.
pub fn overlay(canvas: &Canvas, mark: Mark, (x, y): Place, reach: i32, ink: RGBColor) {
    // where the marker of the series itself is not
    let end = x + reach;
    match mark {
        Mark::Ring => return canvas.ring((x, y), 8, ink),
        Mark::AtMost => canvas.shape(&[(end - 4, y + 1), (end + 4, y + 1), (end, y + 7)], ink),
        Mark::AtLeast => canvas.shape(&[(end - 4, y - 1), (end + 4, y - 1), (end, y - 7)], ink),
        Mark::Level | Mark::Dashed | Mark::Dotted | Mark::LongDashed => {}
    }
    canvas.dashes(&[(x - reach, y), (x + reach, y)], ink, 2, dashing(mark));
}

/// Pixels drawn and left out.
pub fn dashing(mark: Mark) -> (f64, f64) {
    match mark {
        Mark::Dotted => (2.0, 4.0),
        Mark::Dashed => (7.0, 5.0),
        Mark::LongDashed => (16.0, 4.0),
        _ => (4.0, 2.0),
    }
}
