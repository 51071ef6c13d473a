//! Entries as people read them: numbers with four digits, intervals in brackets, units in the heads
//! of columns, and the origin of a table in one line.

use serde_json::Value;

use crate::table::{Column, Entry, Table};
use crate::words::{brief, number, spoken, yes_or_no};

/// An entry in few characters; `None` where there is none.
pub(super) fn shown(entry: Entry, is_coordinate: bool) -> Option<String> {
    Some(match entry {
        Entry::Missing => return None,
        Entry::Text(text) => text,
        Entry::Integer(whole) => whole.to_string(),
        Entry::Real(real) if !real.is_finite() => return None,
        Entry::Real(real) if is_coordinate => Value::from(real).to_string(),
        Entry::Real(real) => number(real),
        Entry::Estimate(estimate) => match estimate.interval {
            Some((low, high)) => format!("{} [{}, {}]", number(estimate.mean), number(low), number(high)),
            None => number(estimate.mean),
        },
        Entry::Truth(is_so) => yes_or_no(is_so).to_owned(),
        Entry::Json(value) => brief(&value),
    })
}

/// The name of a column as words, with its unit where the words do not end in it.
pub(super) fn head(column: &Column) -> String {
    let words = spoken(&column.name);
    match &column.unit {
        Some(unit) if !unit.is_empty() && *unit != "1" && !words.ends_with(&**unit) => {
            format!("{words} ({unit})")
        }
        _ => words,
    }
}

/// Where all rows come from, in one line; empty where nothing is known of it.
pub(super) fn origin(table: &Table) -> String {
    let part = |(column, entry): &(Column, Entry)| {
        Some(format!("{} {}", spoken(&column.name), shown(entry.clone(), true)?))
    };
    let parts: Vec<String> = table.origin.iter().filter_map(part).collect();
    one_line(&parts.join(", "))
}

/// A text without breaks of lines and other control characters.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
