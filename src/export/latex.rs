//! Tables as LaTeX: a `tabular` with the rules of booktabs, numbers in mathematics, words escaped,
//! and in comments where it comes from.

use std::io::{self, Write};

use super::shown::{head, one_line, origin, shown};
use crate::table::{Entry, Table};
use crate::words::number;

pub(super) fn write(table: Table, output: &mut (dyn Write + Send)) -> io::Result<()> {
    let origin = origin(&table);
    writeln!(output, "% needs \\usepackage{{booktabs}}")?;
    if !origin.is_empty() {
        writeln!(output, "% {origin}")?;
    }
    let sides: String =
        table.columns.iter().map(|column| if column.is_coordinate { 'l' } else { 'r' }).collect();
    writeln!(output, "\\begin{{tabular}}{{{sides}}}\n\\toprule")?;
    let heads: Vec<String> = table.columns.iter().map(|column| escaped(&head(column))).collect();
    writeln!(output, "{} \\\\\n\\midrule", heads.join(" & "))?;
    for row in table.rows {
        let cells = row.into_iter().zip(&table.columns);
        let cells: Vec<String> = cells.map(|(entry, column)| cell(entry, column.is_coordinate)).collect();
        writeln!(output, "{} \\\\", cells.join(" & "))?;
    }
    writeln!(output, "\\bottomrule\n\\end{{tabular}}")?;
    output.flush()
}

fn cell(entry: Entry, is_coordinate: bool) -> String {
    match entry {
        Entry::Integer(_) | Entry::Real(_) => {
            shown(entry, is_coordinate).map_or_else(String::new, |text| format!("${}$", powers(&text)))
        }
        Entry::Estimate(estimate) => {
            let mean = powers(&number(estimate.mean));
            match estimate.interval {
                Some((low, high)) => {
                    format!("${mean}$ $[{},\\,{}]$", powers(&number(low)), powers(&number(high)))
                }
                None => format!("${mean}$"),
            }
        }
        other => escaped(&shown(other, is_coordinate).unwrap_or_default()),
    }
}

/// A number with its power of ten as one.
fn powers(number: &str) -> String {
    match number.split_once('e') {
        Some((mantissa, exponent)) => format!("{mantissa} \\times 10^{{{exponent}}}"),
        None => number.to_owned(),
    }
}

/// A text in which nothing is a command.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in one_line(text).chars() {
        match c {
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '<' => out.push_str("\\textless{}"),
            '>' => out.push_str("\\textgreater{}"),
            '|' => out.push_str("\\textbar{}"),
            '"' => out.push_str("\\textquotedbl{}"),
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    // a bracket at the beginning of a row would be an option of the line above
    if out.starts_with('[') || out.starts_with('*') { format!("{{}}{out}") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Column, Estimate, Kind};

    #[test]
    fn words_are_escaped_and_numbers_are_mathematics() {
        let columns = vec![
            Column::place("noise", Kind::Text),
            Column::new("memorized_bits", Kind::Estimate).in_unit("bits"),
            Column::new("train_error", Kind::Real).in_unit("fraction"),
        ];
        let estimate = Estimate { mean: -216.41, sd: None, interval: Some((-241.6, -205.5)) };
        let rows = [
            vec![Entry::Text("\\input{x}\n50 % & $_".into()), Entry::Estimate(estimate), Entry::Real(2.5e-5)],
            vec![Entry::Text("[2pt]".into()), Entry::Missing, Entry::Real(f64::NAN)],
        ];
        let origin = vec![(Column::new("seed", Kind::Text), Entry::Text("1\n\\end".into()))];
        let mut bytes = Vec::new();
        write(Table::new(columns, rows.into_iter()).from(origin), &mut bytes).unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "% needs \\usepackage{booktabs}\n% seed 1 \\end\n\\begin{tabular}{lrr}\n\\toprule\n\
             noise & memorized bits & train error (fraction) \\\\\n\\midrule\n\
             \\textbackslash{}input\\{x\\} 50 \\% \\& \\$\\_ & $-216.4$ $[-241.6,\\,-205.5]$ & $2.500 \\times 10^{-5}$ \\\\\n\
             {}[2pt] &  &  \\\\\n\\bottomrule\n\\end{tabular}\n"
        );
    }
}
