//! Tables for programs: every row states where it comes from, an estimate is four columns, and what
//! is no number is missing.

use crate::table::{Column, Entry, Estimate, Kind, Row, Table};

/// What the names of an estimate's columns end in.
const PARTS: [&str; 4] = ["", "_sd", "_ci95_low", "_ci95_high"];

/// A table without estimates.
pub(super) struct Flat<'a> {
    /// What the entries of each row are, and after them those of the origin.
    pub(super) columns: Vec<Column>,
    /// The rows without the origin.
    pub(super) rows: Box<dyn Iterator<Item = Row> + 'a>,
    /// The entries with which every row ends.
    pub(super) origin: Row,
}

/// The same table without estimates, with its origin as columns.
pub(super) fn flat(table: Table<'_>) -> Flat<'_> {
    let Table { columns, rows, origin } = table;
    let (origin_columns, origin): (Vec<Column>, Row) = origin.into_iter().unzip();
    let mut flat_columns = Vec::new();
    for column in &columns {
        let part =
            |part| Column { kind: Kind::Real, name: format!("{}{part}", column.name), ..column.clone() };
        match column.kind {
            Kind::Estimate => flat_columns.extend(PARTS.map(part)),
            _ => flat_columns.push(column.clone()),
        }
    }
    flat_columns.extend(origin_columns);
    let kinds: Vec<Kind> = columns.into_iter().map(|column| column.kind).collect();
    let width = flat_columns.len() - origin.len();
    let row = move |row: Row| {
        let mut entries = Row::with_capacity(width);
        for (entry, kind) in row.into_iter().zip(&kinds) {
            match (entry, kind) {
                (Entry::Estimate(estimate), _) => entries.extend(parts(estimate)),
                (Entry::Missing, Kind::Estimate) => entries.extend([const { Entry::Missing }; 4]),
                (Entry::Real(number), _) if !number.is_finite() => entries.push(Entry::Missing),
                (entry, _) => entries.push(entry),
            }
        }
        entries
    };
    Flat { columns: flat_columns, rows: Box::new(rows.map(row)), origin }
}

fn parts(estimate: Estimate) -> [Entry; 4] {
    let (low, high) = estimate.interval.unzip();
    [Some(estimate.mean), estimate.sd, low, high].map(|part| part.filter(|part| part.is_finite()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_four_numbers_and_rows_state_their_origin() {
        let columns = vec![Column::new("a_bits", Kind::Estimate), Column::new("b", Kind::Real)];
        let estimate = Estimate { mean: 2.0, sd: Some(f64::NAN), interval: Some((1.0, 3.0)) };
        let rows = [vec![Entry::Estimate(estimate), Entry::Real(f64::INFINITY)], vec![Entry::Missing; 2]];
        let origin = vec![(Column::new("job", Kind::Text), Entry::Text("j".into()))];
        let table = flat(Table::new(columns, rows.into_iter()).from(origin));
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["a_bits", "a_bits_sd", "a_bits_ci95_low", "a_bits_ci95_high", "b", "job"]);
        let rows: Vec<Row> = table.rows.collect();
        let (missing, real, job) = (Entry::Missing, Entry::Real, Entry::Text("j".into()));
        assert_eq!(rows[0], [real(2.0), missing.clone(), real(1.0), real(3.0), missing.clone()]);
        assert_eq!(rows[1], vec![missing; 5]);
        assert_eq!(table.origin, [job]);
    }
}
