//! Results across jobs as tables: one row each, with what it is of.

use crate::store::{Origin, StoredCapacity, StoredMeasurement};
use crate::table::{Column, Entry, Kind, Row, Table};

/// Columns of what a result is of.
const ORIGIN: [(&str, Kind); 13] = [
    ("job", Kind::Text),
    ("name", Kind::Text),
    ("tags", Kind::Text),
    ("seed", Kind::Text),
    ("spec_digest", Kind::Text),
    ("numeric_profile", Kind::Text),
    ("version", Kind::Text),
    ("analysis_version", Kind::Integer),
    ("source", Kind::Text),
    ("network", Kind::Text),
    ("regularizers", Kind::Text),
    ("optimizer", Kind::Text),
    ("cell", Kind::Json),
];

fn origin(origin: Origin) -> Row {
    let text = Entry::Text;
    vec![
        text(origin.job.to_string()),
        text(origin.name),
        text(origin.tags.join(",")),
        text(origin.seed.to_string()),
        origin.spec_digest.map_or(Entry::Missing, |digest| text(digest.to_string())),
        origin.numeric_profile.map_or(Entry::Missing, text),
        text(origin.version),
        Entry::count(origin.analysis_version.into()),
        text(origin.source),
        text(origin.network),
        text(origin.regularizers.join(",")),
        text(origin.optimizer),
        serde_json::from_str(&origin.coordinates_json).map_or(Entry::Missing, Entry::Json),
    ]
}

fn columns(own: &[(&'static str, Kind, Option<&'static str>)]) -> Vec<Column> {
    let of = ORIGIN.map(|(name, kind)| Column { is_coordinate: true, ..Column::new(name, kind) });
    let own = own.iter().map(|(name, kind, unit)| match unit {
        Some(unit) => Column::new(*name, *kind).in_unit(*unit),
        None => Column::new(*name, *kind),
    });
    of.into_iter().chain(own).collect()
}

/// A row for each measurement.
pub(super) fn measurements(rows: &mut dyn Iterator<Item = StoredMeasurement>) -> Table<'_> {
    const BITS: Option<&str> = Some("bits");
    let columns = columns(&[
        ("stage", Kind::Text, None),
        ("samples", Kind::Integer, None),
        ("parameters", Kind::Integer, None),
        ("dataset_bits", Kind::Real, BITS),
        ("quantity", Kind::Text, None),
        ("unit", Kind::Text, None),
        ("estimator", Kind::Text, None),
        ("bound", Kind::Text, None),
        ("n", Kind::Integer, None),
        ("mean", Kind::Real, None),
        ("sd", Kind::Real, None),
        ("ci95_low", Kind::Real, None),
        ("ci95_high", Kind::Real, None),
        ("interval_method", Kind::Text, None),
    ]);
    let row = |stored: StoredMeasurement| -> Row {
        let measured = stored.measured;
        let mut row = origin(stored.origin);
        row.extend([
            stored.stage.map_or(Entry::Missing, Entry::Text),
            Entry::Integer(stored.samples),
            Entry::Integer(stored.parameters),
            Entry::Real(stored.dataset_bits),
            Entry::Text(measured.quantity),
            Entry::Text(measured.unit),
            Entry::Text(measured.estimator),
            Entry::Text(measured.bound),
            Entry::Integer(measured.n),
            Entry::Real(measured.mean),
            measured.sd.into(),
            measured.ci95_low.into(),
            measured.ci95_high.into(),
            Entry::Text(measured.interval_method),
        ]);
        row
    };
    Table::new(columns, rows.map(row))
}

/// A row for each capacity.
pub(super) fn capacities(rows: &mut dyn Iterator<Item = StoredCapacity>) -> Table<'_> {
    const BITS: Option<&str> = Some("bits");
    let columns = columns(&[
        ("parameters", Kind::Integer, None),
        ("n", Kind::Integer, None),
        ("capacity_bits", Kind::Real, BITS),
        ("capacity_bits_ci95_low", Kind::Real, BITS),
        ("capacity_bits_ci95_high", Kind::Real, BITS),
        ("capacity_bits_lower_bound_95", Kind::Real, BITS),
        ("bits_per_parameter", Kind::Real, Some("bits/parameter")),
        ("interval_method", Kind::Text, None),
        ("peak_samples", Kind::Integer, None),
        ("peak_dataset_bits", Kind::Real, BITS),
        ("saturated", Kind::Truth, None),
        ("converged", Kind::Text, None),
        ("estimator", Kind::Text, None),
    ]);
    let row = |stored: StoredCapacity| -> Row {
        let capacity = stored.capacity;
        let mut row = origin(stored.origin);
        row.extend([
            Entry::Integer(capacity.parameters),
            Entry::Integer(capacity.n),
            Entry::Real(capacity.capacity_bits),
            capacity.ci95_low.into(),
            capacity.ci95_high.into(),
            capacity.lower_bound_95.into(),
            Entry::Real(capacity.bits_per_parameter),
            Entry::Text(capacity.interval_method),
            Entry::Integer(capacity.peak_samples),
            Entry::Real(capacity.peak_dataset_bits),
            capacity.saturated.into(),
            Entry::Text(capacity.converged),
            Entry::Text(capacity.estimator),
        ]);
        row
    };
    Table::new(columns, rows.map(row))
}
