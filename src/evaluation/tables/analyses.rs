//! What the cells say together: capacities, differences and verdicts.

use std::collections::BTreeSet;

use serde_json::Value;

use super::parts::{coordinates, estimate, places, word};
use crate::evaluation::analysis::{CellCapacity, CellComparison};
use crate::evaluation::{Evaluation, Verdict};
use crate::spec::Coordinates;
use crate::table::{Column, Entry, Kind, Row, Table};

/// The axes of all cells: an analysis may be about some of them only.
fn axes<'a>(cells: impl Iterator<Item = &'a Coordinates>) -> Vec<String> {
    let axes: BTreeSet<&String> = cells.flat_map(|cell| cell.0.keys()).collect();
    axes.into_iter().cloned().collect()
}

fn whole(cell: &Coordinates) -> Entry {
    Entry::Json(Value::Object(cell.0.clone()))
}

/// The capacity of each setting.
pub(super) fn capacities(evaluation: &Evaluation) -> Table<'_> {
    let all = &evaluation.analyses.capacity;
    let cells = move || all.iter().map(|capacity| &capacity.cell);
    let axes = axes(cells());
    let mut columns = coordinates(&axes, cells);
    let bits = |name: &str, kind| Column::new(name, kind).in_unit("bits");
    let each = |name: &str, kind| Column::new(name, kind).in_unit("bits/parameter");
    columns.extend([
        Column::new("parameters", Kind::Integer),
        bits("capacity_bits", Kind::Estimate),
        bits("capacity_bits_lower_bound_95", Kind::Real),
        each("bits_per_parameter", Kind::Estimate),
        Column::new("peak_samples", Kind::Integer),
        bits("peak_dataset_bits", Kind::Real),
        Column::new("saturated", Kind::Truth),
        Column::new("converged", Kind::Text),
        Column::new("lossless_samples", Kind::Integer),
        each("lossless_bits_per_parameter", Kind::Real),
        Column::new("replicates", Kind::Integer),
        Column::new("estimator", Kind::Text),
        Column::new("limits", Kind::Text),
    ]);
    let row = move |capacity: &CellCapacity| -> Row {
        let found = &capacity.estimate;
        let mut row = places(&axes, &capacity.cell);
        row.extend([
            Entry::count(found.parameters),
            estimate(Some(&found.capacity_bits.interval)),
            found.capacity_bits.lower_bound_95.into(),
            estimate(Some(&found.bits_per_parameter.interval)),
            Entry::count(found.peak_samples),
            Entry::Real(found.peak_dataset_bits),
            found.saturated.into(),
            word(&found.converged),
            found.lossless_samples.map_or(Entry::Missing, Entry::count),
            found.lossless_bits_per_parameter.into(),
            Entry::count(found.replicates as u64),
            Entry::Text(found.estimator.clone()),
            Entry::Text(capacity.limits().join("; ")),
        ]);
        row
    };
    Table::new(columns, all.iter().map(row))
}

/// Each value of an axis less the reference among them.
pub(super) fn comparison(evaluation: &Evaluation) -> Table<'_> {
    let all = &evaluation.analyses.comparison;
    let cells = move || all.iter().map(|comparison| &comparison.cell);
    let axes = axes(cells());
    let mut columns = vec![
        Column::place("quantity", Kind::Text),
        Column::place("unit", Kind::Text),
        Column::place("axis", Kind::Text),
    ];
    columns.extend(coordinates(&axes, cells));
    columns.extend([
        Column::place("baseline", Kind::Json),
        Column::new("difference", Kind::Estimate),
        Column::new("relative", Kind::Real).in_unit("ratio"),
        Column::new("n", Kind::Integer),
        Column::new("p_value", Kind::Real),
        Column::new("p_holm", Kind::Real),
        Column::new("significant", Kind::Truth),
    ]);
    let row = move |one: &CellComparison| -> Row {
        let found = &one.comparison;
        let mut row: Row = [&one.quantity, &one.unit, &one.axis].map(|text| Entry::Text(text.clone())).into();
        row.extend(places(&axes, &one.cell));
        row.extend([
            whole(&one.baseline),
            estimate(Some(&found.difference)),
            found.relative.into(),
            Entry::count(found.difference.n as u64),
            found.p_value.into(),
            found.p_holm.into(),
            found.significant.into(),
        ]);
        row
    };
    Table::new(columns, all.iter().map(row))
}

/// What the results say of each claim in each cell to which it applies.
pub(super) fn verdicts(evaluation: &Evaluation) -> Table<'_> {
    let all = &evaluation.verdicts;
    let cells = move || all.iter().map(|verdict| &verdict.cell);
    let axes = axes(cells());
    let mut columns = vec![Column::place("says", Kind::Text), Column::place("quantity", Kind::Text)];
    columns.extend(coordinates(&axes, cells));
    columns.extend([
        Column::place("minus", Kind::Json),
        Column::place("over", Kind::Json),
        Column::place("about", Kind::Text),
        Column::place("bound", Kind::Text),
        Column::new("verdict", Kind::Text),
        Column::place("relation", Kind::Text),
    ]);
    let numbers = [
        "expected",
        "tolerance",
        "measured",
        "ci95_low",
        "ci95_high",
        "p_value",
        "p_adjusted",
        "adjusted_low",
        "adjusted_high",
    ];
    columns.extend(numbers.map(|name| Column::new(name, Kind::Real)));
    columns.push(Column::new("because", Kind::Text));
    let row = move |verdict: &Verdict| -> Row {
        let reference = |cell: &Option<Coordinates>| cell.as_ref().map_or(Entry::Missing, whole);
        let mut row = vec![Entry::Text(verdict.says.clone()), Entry::Text(verdict.quantity.clone())];
        row.extend(places(&axes, &verdict.cell));
        row.extend([
            reference(&verdict.minus),
            reference(&verdict.over),
            word(&verdict.about),
            word(&verdict.bound),
            word(&verdict.verdict),
            word(&verdict.relation),
            Entry::Real(verdict.expected),
            Entry::Real(verdict.tolerance),
            verdict.measured.into(),
            verdict.ci95_low.into(),
            verdict.ci95_high.into(),
            verdict.p_value.into(),
            verdict.p_adjusted.into(),
            verdict.adjusted_low.into(),
            verdict.adjusted_high.into(),
            Entry::Text(verdict.because.clone()),
        ]);
        row
    };
    Table::new(columns, all.iter().map(row))
}
