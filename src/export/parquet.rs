//! Tables as Apache Parquet: columns of numbers are numbers, what does not exist is null, and the
//! file's metadata states the unit of each column.

use std::io::{self, Write};
use std::sync::Arc;

use ::parquet::basic::{LogicalType, Repetition, Type as Physical};
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::{Type, TypePtr};

use super::flat::{Flat, flat};
use crate::table::{Column, Entry, Kind, Row, Table};

/// Rows that are held in memory before they are written.
const GROUP: usize = 4096;

pub(super) fn write(table: Table, output: &mut (dyn Write + Send)) -> io::Result<()> {
    written(table, output).map_err(|error| match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(inner) => *inner,
            Err(inner) => io::Error::other(inner),
        },
        error => io::Error::other(error),
    })
}

fn written(table: Table, output: &mut (dyn Write + Send)) -> Result<()> {
    let Flat { columns, mut rows, origin } = flat(table);
    let fields = columns.iter().map(field).collect::<Result<Vec<TypePtr>>>()?;
    let schema = Type::group_type_builder("table").with_fields(fields).build()?;
    let properties = WriterProperties::builder()
        .set_created_by(concat!("bitgauge ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(vec![units(&columns)]))
        .build();
    let mut writer = SerializedFileWriter::new(output, Arc::new(schema), Arc::new(properties))?;
    loop {
        let group: Vec<Row> = rows.by_ref().take(GROUP).collect();
        if group.is_empty() {
            break;
        }
        let mut row_group = writer.next_row_group()?;
        for (i, column) in columns[..columns.len() - origin.len()].iter().enumerate() {
            write_column(&mut row_group, column.kind, group.iter().map(|row| &row[i]))?;
        }
        for (column, entry) in columns[columns.len() - origin.len()..].iter().zip(&origin) {
            write_column(&mut row_group, column.kind, std::iter::repeat_n(entry, group.len()))?;
        }
        row_group.close()?;
    }
    writer.close()?;
    Ok(())
}

fn field(column: &Column) -> Result<TypePtr> {
    let (physical, logical) = match column.kind {
        Kind::Integer => (Physical::INT64, None),
        Kind::Real | Kind::Estimate => (Physical::DOUBLE, None),
        Kind::Truth => (Physical::BOOLEAN, None),
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Json => (Physical::BYTE_ARRAY, Some(LogicalType::Json)),
    };
    let field = Type::primitive_type_builder(&column.name, physical);
    Ok(Arc::new(field.with_repetition(Repetition::OPTIONAL).with_logical_type(logical).build()?))
}

/// The unit of each column that has one, as one JSON object.
fn units(columns: &[Column]) -> KeyValue {
    let unit = |column: &Column| Some((column.name.clone(), column.unit.as_ref()?.to_string().into()));
    let units: serde_json::Map<String, serde_json::Value> = columns.iter().filter_map(unit).collect();
    KeyValue::new("bitgauge:units".to_owned(), serde_json::Value::from(units).to_string())
}

fn write_column<'e, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<W>,
    kind: Kind,
    entries: impl Iterator<Item = &'e Entry>,
) -> Result<()> {
    let mut column =
        group.next_column()?.ok_or_else(|| ParquetError::General("no column is left".to_owned()))?;
    match kind {
        Kind::Integer => {
            let (levels, values) = split(entries.map(integer));
            column.typed::<Int64Type>().write_batch(&values, Some(&levels), None)?;
        }
        Kind::Real | Kind::Estimate => {
            let (levels, values) = split(entries.map(real));
            column.typed::<DoubleType>().write_batch(&values, Some(&levels), None)?;
        }
        Kind::Truth => {
            let (levels, values) = split(entries.map(truth));
            column.typed::<BoolType>().write_batch(&values, Some(&levels), None)?;
        }
        Kind::Text | Kind::Json => {
            let (levels, values) = split(entries.map(|entry| bytes(entry, kind == Kind::Json)));
            column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
        }
    }
    column.close()
}

/// Whether each value is there, and those that are.
fn split<T>(values: impl Iterator<Item = Option<T>>) -> (Vec<i16>, Vec<T>) {
    let (mut levels, mut there) = (Vec::new(), Vec::new());
    for value in values {
        levels.push(i16::from(value.is_some()));
        there.extend(value);
    }
    (levels, there)
}

fn truth(entry: &Entry) -> Option<bool> {
    match entry {
        Entry::Truth(is_so) => Some(*is_so),
        _ => None,
    }
}

fn integer(entry: &Entry) -> Option<i64> {
    match entry {
        Entry::Integer(whole) => Some(*whole),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a coordinate that is real elsewhere")]
fn real(entry: &Entry) -> Option<f64> {
    match entry {
        Entry::Real(number) => Some(*number),
        Entry::Integer(whole) => Some(*whole as f64),
        _ => None,
    }
}

fn bytes(entry: &Entry, is_json: bool) -> Option<ByteArray> {
    let value = match entry {
        Entry::Missing | Entry::Estimate(_) => return None,
        Entry::Text(text) if !is_json => return Some(ByteArray::from(text.as_str())),
        Entry::Text(text) => text.as_str().into(),
        Entry::Truth(is_so) => (*is_so).into(),
        Entry::Integer(whole) => (*whole).into(),
        Entry::Real(number) => (*number).into(),
        Entry::Json(value) => value.clone(),
    };
    Some(ByteArray::from(value.to_string().into_bytes()))
}

#[cfg(test)]
mod tests {
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::record::RowAccessor;
    use serde_json::json;

    use super::*;
    use crate::table::Estimate;

    /// More rows than one group, read back by the reader of the same crate.
    #[test]
    fn what_is_written_is_read_back_with_its_nulls_types_and_units() {
        let columns = vec![
            Column::coordinate("/dataset/samples", &[json!(1)]),
            Column::new("memorized_bits", Kind::Estimate).in_unit("bits"),
            Column::new("state", Kind::Text),
            Column::coordinate("/regularizers", &[json!([])]),
            Column::new("saturated", Kind::Truth),
        ];
        let row = |i: i64| {
            let estimate = Estimate { mean: f64::NAN, sd: None, interval: Some((1.5, 2.5)) };
            let text = if i == 1 { Entry::Missing } else { Entry::Text(format!("state {i}")) };
            let regularizers = Entry::Json(json!([{"kind": "l1"}]));
            vec![Entry::Integer(i), Entry::Estimate(estimate), text, regularizers, Entry::Truth(i == 1)]
        };
        let origin = vec![(Column::new("job", Kind::Text), Entry::Text("j".into()))];
        let rows = 2 * GROUP + 3;
        let mut file = tempfile::tempfile().unwrap();
        let made = (0..).take(rows).map(row);
        write(Table::new(columns, made).from(origin), &mut file).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let metadata = reader.metadata().file_metadata();
        assert_eq!(usize::try_from(metadata.num_rows()).unwrap(), rows);
        let units = &metadata.key_value_metadata().unwrap()[0];
        assert!(units.value.as_ref().unwrap().contains("\"memorized_bits_sd\":\"bits\""), "{units:?}");
        for (i, row) in reader.get_row_iter(None).unwrap().enumerate() {
            let row = row.unwrap();
            assert_eq!(usize::try_from(row.get_long(0).unwrap()).unwrap(), i);
            // no mean, no deviation, an interval
            assert!(row.get_double(1).is_err() && row.get_double(2).is_err());
            assert_eq!((row.get_double(3).unwrap(), row.get_double(4).unwrap()), (1.5, 2.5));
            assert_eq!(row.get_string(5).is_err(), i == 1);
            assert_eq!(row.get_bool(7).unwrap(), i == 1);
            assert_eq!(row.get_string(8).unwrap(), "j");
        }
    }
}
