//! Tables as NDJSON: one JSON object a line, with the names of the CSV's columns in their order;
//! what does not exist is null.

use std::io::{self, Write};

use serde_json::Value;

use super::flat::flat;
use crate::table::{Entry, Table};

pub(super) fn write(table: Table, output: &mut (dyn Write + Send)) -> io::Result<()> {
    let table = flat(table);
    let names: Vec<String> =
        table.columns.iter().map(|column| format!("{}:", Value::from(column.name.as_str()))).collect();
    let (own, of_origin) = names.split_at(names.len() - table.origin.len());
    let mut end = Vec::new();
    members(&mut end, of_origin, &table.origin)?;
    let mut line = Vec::new();
    for row in table.rows {
        line.clear();
        members(&mut line, own, &row)?;
        line.extend_from_slice(&end);
        line[0] = b'{';
        line.extend_from_slice(b"}\n");
        output.write_all(&line)?;
    }
    output.flush()
}

/// Each with a comma before it.
fn members(line: &mut Vec<u8>, names: &[String], entries: &[Entry]) -> io::Result<()> {
    for (name, entry) in names.iter().zip(entries) {
        line.push(b',');
        line.extend_from_slice(name.as_bytes());
        let line = &mut *line;
        match entry {
            Entry::Missing => line.extend_from_slice(b"null"),
            Entry::Text(text) => serde_json::to_writer(line, text)?,
            Entry::Integer(number) => serde_json::to_writer(line, number)?,
            Entry::Real(number) => serde_json::to_writer(line, number)?,
            Entry::Estimate(estimate) => serde_json::to_writer(line, &estimate.mean)?,
            Entry::Truth(is_so) => serde_json::to_writer(line, is_so)?,
            Entry::Json(value) => serde_json::to_writer(line, value)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::table::{Column, Kind};

    #[test]
    fn a_row_is_a_line_whatever_its_texts_hold() {
        let columns = vec![
            Column::new("a \"name\"", Kind::Text),
            Column::new("b_bits", Kind::Real),
            Column::new("c", Kind::Json),
        ];
        let rows = [
            vec![Entry::Text("=1\n2".into()), Entry::Real(f64::NAN), Entry::Json(json!([{"k": 1}]))],
            vec![Entry::Missing, Entry::Real(0.1), Entry::Missing],
        ];
        let mut bytes = Vec::new();
        write(Table::new(columns, rows.into_iter()), &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(
            text,
            "{\"a \\\"name\\\"\":\"=1\\n2\",\"b_bits\":null,\"c\":[{\"k\":1}]}\n\
             {\"a \\\"name\\\"\":null,\"b_bits\":0.1,\"c\":null}\n"
        );
    }
}
