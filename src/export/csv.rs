//! Tables as CSV (RFC 4180, lines end in LF). Numbers have the shortest form that reads back
//! to the same value; what does not exist is empty.

use std::io::{self, Write};

use serde_json::Value;

use super::flat::flat;
use crate::table::{Entry, Table};

pub(super) fn write(table: Table, output: &mut (dyn Write + Send)) -> io::Result<()> {
    let table = flat(table);
    let mut writer = ::csv::Writer::from_writer(output);
    writer.write_record(table.columns.iter().map(|column| guarded(&column.name)))?;
    for row in table.rows {
        writer.write_record(row.into_iter().map(field))?;
    }
    writer.flush()
}

fn field(entry: Entry) -> String {
    match entry {
        Entry::Missing => String::new(),
        Entry::Text(text) => guarded(&text),
        Entry::Integer(number) => number.to_string(),
        Entry::Real(number) => real(number),
        Entry::Estimate(estimate) => real(estimate.mean),
        Entry::Json(value) => guarded(&value.to_string()),
    }
}

fn real(number: f64) -> String {
    Value::from(number).to_string()
}

/// A text that a spreadsheet would run as a formula is quoted with an apostrophe.
fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::table::{Column, Estimate, Kind};

    #[test]
    fn estimates_have_four_columns_and_formulas_are_quoted() {
        let columns = vec![
            Column::coordinate("/dataset/samples", &[json!(100)]),
            Column::coordinate("/network/activation", &[json!("=relu")]),
            Column::coordinate("/regularizers", &[json!([{"a": 1}])]),
            Column::new("memorized_bits", Kind::Estimate),
            Column::new("dataset_bits", Kind::Real),
        ];
        let estimate = Estimate { mean: 2.0, sd: Some(2f64.sqrt()), interval: None };
        let row = vec![
            Entry::of(&json!(100)),
            Entry::of(&json!("=relu")),
            Entry::of(&json!([{"a": 1}])),
            Entry::Estimate(estimate),
            Entry::Real(0.1),
        ];
        let missing = vec![Entry::Missing; 5];
        let mut bytes = Vec::new();
        write(Table::new(columns, [row, missing].into_iter()), &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(
            text,
            "/dataset/samples,/network/activation,/regularizers,memorized_bits,memorized_bits_sd,\
             memorized_bits_ci95_low,memorized_bits_ci95_high,dataset_bits\n\
             100,'=relu,\"[{\"\"a\"\":1}]\",2.0,1.4142135623730951,,,0.1\n\
             ,,,,,,,\n"
        );
    }
}
