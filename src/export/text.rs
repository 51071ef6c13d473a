//! Tables for a terminal: aligned columns, numbers with four digits, intervals in brackets.

use std::io::{self, Write};

use comfy_table::{CellAlignment, Table as Aligned, presets};

use super::shown::{one_line, origin, shown};
use crate::table::{Column, Row, Table};
use crate::words::short;

/// Rows that are aligned with each other; a longer table is written in blocks, each with its head,
/// for a block is held in memory.
const BLOCK: usize = 1000;

pub(super) fn write(table: Table, output: &mut (dyn Write + Send)) -> io::Result<()> {
    let origin = origin(&table);
    let Table { columns, mut rows, .. } = table;
    let mut block: Vec<Row> = rows.by_ref().take(BLOCK).collect();
    loop {
        let is_full = block.len() == BLOCK;
        writeln!(output, "{}", aligned(&columns, block))?;
        block = rows.by_ref().take(BLOCK).collect();
        if !is_full || block.is_empty() {
            break;
        }
        writeln!(output)?;
    }
    if !origin.is_empty() {
        writeln!(output, "\n{origin}")?;
    }
    output.flush()
}

fn aligned(columns: &[Column], block: Vec<Row>) -> Aligned {
    let mut aligned = Aligned::new();
    aligned.load_preset(presets::NOTHING);
    aligned.set_header(columns.iter().map(|column| short(&column.name)));
    for row in block {
        let cells = row.into_iter().zip(columns);
        aligned.add_row(cells.map(|(entry, column)| {
            shown(entry, column.is_coordinate).map_or_else(|| "-".to_owned(), |text| one_line(&text))
        }));
    }
    for (i, _) in columns.iter().enumerate().filter(|(_, column)| !column.is_coordinate) {
        if let Some(column) = aligned.column_mut(i) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    aligned
}
