//! Tables as CSV (RFC 4180, lines end in LF). Numbers have the shortest form that reads back
//! to the same value; what does not exist is empty.

use std::borrow::Cow;
use std::io::{self, Write};

use super::flat::flat;
use crate::table::{Entry, Table};

pub(super) fn write(table: Table, output: &mut (dyn Write + Send)) -> io::Result<()> {
    let table = flat(table);
    let mut writer = ::csv::Writer::from_writer(output);
    writer.write_record(table.columns.iter().map(|column| guarded(&column.name).into_owned()))?;
    let mut digits = Vec::new();
    for row in table.rows {
        for entry in row.iter().chain(&table.origin) {
            digits.clear();
            writer.write_field(field(entry, &mut digits)?)?;
        }
        writer.write_record(None::<&[u8]>)?; // ends the line
    }
    writer.flush()
}

/// The bytes of an entry; those of a number are made in `digits`.
fn field<'e>(entry: &'e Entry, digits: &'e mut Vec<u8>) -> io::Result<Cow<'e, [u8]>> {
    match entry {
        Entry::Missing => {}
        Entry::Text(text) => return Ok(bytes(guarded(text))),
        Entry::Json(value) => return Ok(bytes(guarded(&value.to_string()).into_owned().into())),
        Entry::Truth(is_so) => write!(digits, "{is_so}")?,
        Entry::Integer(number) => write!(digits, "{number}")?,
        Entry::Real(number) => serde_json::to_writer(&mut *digits, number)?,
        Entry::Estimate(estimate) => serde_json::to_writer(&mut *digits, &estimate.mean)?,
    }
    Ok(Cow::Borrowed(digits))
}

fn bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => text.as_bytes().into(),
        Cow::Owned(text) => text.into_bytes().into(),
    }
}

/// A text that a spreadsheet would run as a formula is quoted with an apostrophe.
fn guarded(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}").into() } else { text.into() }
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
            Column::new("saturated", Kind::Truth),
        ];
        let estimate = Estimate { mean: 2.0, sd: Some(2f64.sqrt()), interval: None };
        let row = vec![
            Entry::of(&json!(100)),
            Entry::of(&json!("=relu")),
            Entry::of(&json!([{"a": 1}])),
            Entry::Estimate(estimate),
            Entry::Real(0.1),
            Entry::Truth(true),
        ];
        let missing = vec![Entry::Missing; 6];
        let mut bytes = Vec::new();
        write(Table::new(columns, [row, missing].into_iter()), &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(
            text,
            "/dataset/samples,/network/activation,/regularizers,memorized_bits,memorized_bits_sd,\
             memorized_bits_ci95_low,memorized_bits_ci95_high,dataset_bits,saturated\n\
             100,'=relu,\"[{\"\"a\"\":1}]\",2.0,1.4142135623730951,,,0.1,true\n\
             ,,,,,,,,\n"
        );
    }
}
