//! Parts that several tables have: coordinates, estimates, words.

use crate::science::analysis::interval::Interval;
use crate::spec::Coordinates;
use crate::table::{Column, Entry, Estimate, Row};

/// The axes of the first cell: all cells of a job have the same.
pub(super) fn axes<'a>(cells: impl IntoIterator<Item = &'a Coordinates>) -> Vec<String> {
    cells.into_iter().next().map(|cell| cell.0.keys().cloned().collect()).unwrap_or_default()
}

/// One column an axis.
pub(super) fn coordinates<'a, I: Iterator<Item = &'a Coordinates>>(
    axes: &[String],
    cells: impl Fn() -> I,
) -> Vec<Column> {
    axes.iter().map(|axis| Column::coordinate(axis, cells().filter_map(|cell| cell.0.get(axis)))).collect()
}

/// The values of a cell on these axes.
pub(super) fn places(axes: &[String], cell: &Coordinates) -> Row {
    axes.iter().map(|axis| cell.0.get(axis).map_or(Entry::Missing, Entry::of)).collect()
}

/// A mean with its interval.
pub(super) fn estimate(interval: Option<&Interval>) -> Entry {
    interval.map_or(Entry::Missing, |interval| {
        Entry::Estimate(Estimate {
            mean: interval.mean,
            sd: interval.sd,
            interval: interval.ci95_low.zip(interval.ci95_high),
        })
    })
}

/// What serde calls a value that is one word.
pub(super) fn word(value: &impl serde::Serialize) -> Entry {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Entry::Text(word),
        _ => Entry::Missing,
    }
}
