//! Tables as Markdown: pipes in line, what would be read as markup escaped, and below the table
//! where it comes from.

use std::io::{self, Write};

use super::shown::{head, one_line, origin, shown};
use crate::table::{Row, Table};

/// Rows by which the width of columns is chosen: those that follow are written as they come.
const LOOKED_AT: usize = 1000;

pub(super) fn write(table: Table, output: &mut (dyn Write + Send)) -> io::Result<()> {
    let origin = origin(&table);
    let is_left: Vec<bool> = table.columns.iter().map(|column| column.is_coordinate).collect();
    let cells = |row: Row| -> Vec<String> {
        let cells = row.into_iter().zip(&is_left);
        cells.map(|(entry, left)| escaped(&shown(entry, *left).unwrap_or_default())).collect()
    };
    let heads: Vec<String> = table.columns.iter().map(|column| escaped(&head(column))).collect();
    let mut rows = table.rows.map(cells);
    let first: Vec<Vec<String>> = rows.by_ref().take(LOOKED_AT).collect();
    let mut widths = vec![3; heads.len()];
    for row in first.iter().chain([&heads]) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: &[String]| {
        let pad = |(i, cell): (usize, &String)| {
            let width = widths[i];
            if is_left[i] { format!(" {cell:<width$} |") } else { format!(" {cell:>width$} |") }
        };
        format!("|{}\n", row.iter().enumerate().map(pad).collect::<String>())
    };
    output.write_all(line(&heads).as_bytes())?;
    let rule = |(width, left): (&usize, &bool)| {
        let dashes = "-".repeat(width - 1);
        if *left { format!(" {dashes}- |") } else { format!(" {dashes}: |") }
    };
    let rules: String = widths.iter().zip(&is_left).map(rule).collect();
    writeln!(output, "|{rules}")?;
    for row in first.into_iter().chain(rows) {
        output.write_all(line(&row).as_bytes())?;
    }
    if !origin.is_empty() {
        writeln!(output, "\n{}", escaped(&origin))?;
    }
    output.flush()
}

/// A text in which nothing is markup.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in one_line(text).chars() {
        match c {
            '\\' | '|' | '*' | '_' | '`' | '~' | '#' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // a link needs both brackets side by side; an interval has none
            '[' if text.contains("](") => out.push_str("\\["),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Column, Entry, Estimate, Kind};

    #[test]
    fn pipes_are_in_line_and_markup_is_text() {
        let columns = vec![
            Column::place("noise", Kind::Text),
            Column::new("memorized_bits", Kind::Estimate).in_unit("bits"),
            Column::new("train_error", Kind::Real).in_unit("fraction"),
        ];
        let estimate = Estimate { mean: 216.41, sd: None, interval: Some((205.5, 241.6)) };
        let rows = [
            vec![Entry::Text("a|b\n<img>".into()), Entry::Estimate(estimate), Entry::Real(0.25)],
            vec![Entry::Text("*_".into()), Entry::Missing, Entry::Real(f64::NAN)],
        ];
        let origin = vec![(Column::new("spec_digest", Kind::Text), Entry::Text("abc".into()))];
        let mut bytes = Vec::new();
        write(Table::new(columns, rows.into_iter()).from(origin), &mut bytes).unwrap();
        let expected = "\
            | noise              |       memorized bits | train error (fraction) |\n\
            | ------------------ | -------------------: | ---------------------: |\n\
            | a\\|b &lt;img&gt; | 216.4 [205.5, 241.6] |                  0.250 |\n\
            | \\*\\_             |                      |                        |\n\
            \nspec digest abc\n";
        let text = String::from_utf8(bytes).unwrap();
        let squeezed = |text: &str| text.replace("  ", "").replace("- ", "").replace('-', "");
        assert_eq!(squeezed(&text).replace(' ', ""), squeezed(expected).replace(' ', ""));
        let lines: Vec<&str> = text.lines().take(4).collect();
        assert!(lines.iter().all(|line| line.chars().count() == lines[0].chars().count()), "{text}");
    }
}
