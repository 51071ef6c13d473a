//! Tables for a terminal: aligned columns, numbers with four digits, intervals in brackets.

use std::io::{self, Write};

use comfy_table::{CellAlignment, Table as Aligned, presets};

use crate::table::{Entry, Table};
use crate::words::{brief, number, short};

pub(super) fn write(table: Table, output: &mut dyn Write) -> io::Result<()> {
    let mut aligned = Aligned::new();
    aligned.load_preset(presets::NOTHING);
    aligned.set_header(table.columns.iter().map(|column| short(&column.name)));
    for row in table.rows {
        let cells = row.into_iter().zip(&table.columns);
        aligned.add_row(cells.map(|(entry, column)| text(entry, column.is_coordinate)));
    }
    for (i, _) in table.columns.iter().enumerate().filter(|(_, column)| !column.is_coordinate) {
        if let Some(column) = aligned.column_mut(i) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    writeln!(output, "{aligned}")
}

fn text(entry: Entry, is_coordinate: bool) -> String {
    match entry {
        Entry::Missing => "-".to_owned(),
        Entry::Text(text) => text,
        Entry::Integer(whole) => whole.to_string(),
        Entry::Real(real) if is_coordinate => serde_json::Value::from(real).to_string(),
        Entry::Real(real) => number(real),
        Entry::Estimate(estimate) => match estimate.interval {
            Some((low, high)) => format!("{} [{}, {}]", number(estimate.mean), number(low), number(high)),
            None => number(estimate.mean),
        },
        Entry::Json(value) => brief(&value),
    }
}
