//! Tables as NDJSON: one JSON object a line, with the names of the CSV's columns in their order;
//! what does not exist is null.

use std::io::{self, Write};

use serde_json::Value;

use super::flat::flat;
use crate::table::{Entry, Table};

pub(super) fn write(table: Table, output: &mut (dyn Write + Send)) -> io::Result<()> {
    let table = flat(table);
    let names: Vec<String> =
        table.columns.iter().map(|column| Value::from(column.name.as_str()).to_string()).collect();
    let mut line = String::new();
    for row in table.rows {
        line.clear();
        for (name, entry) in names.iter().zip(row) {
            line.push(if line.is_empty() { '{' } else { ',' });
            line.push_str(name);
            line.push(':');
            line.push_str(&value(entry).to_string());
        }
        line.push_str("}\n");
        output.write_all(line.as_bytes())?;
    }
    output.flush()
}

fn value(entry: Entry) -> Value {
    match entry {
        Entry::Missing => Value::Null,
        Entry::Text(text) => text.into(),
        Entry::Integer(number) => number.into(),
        Entry::Real(number) => number.into(),
        Entry::Estimate(estimate) => estimate.mean.into(),
        Entry::Json(value) => value,
    }
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
