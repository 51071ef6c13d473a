//! What was measured in each cell.

use super::parts::{axes, coordinates, estimate, places};
use crate::evaluation::Evaluation;
use crate::evaluation::results::{CellMeasurement, CellResult};
use crate::evaluation::strongest::STRONGEST;
use crate::spec::search::Stage;
use crate::table::{Column, Entry, Kind, Row, Table};

/// What was measured in each cell that is shown, in sweep order.
pub fn results(evaluation: &Evaluation, is_shown: fn(&CellResult) -> bool) -> Table<'_> {
    let shown = move || evaluation.results.iter().filter(move |result| is_shown(result));
    let axes = axes(shown().map(|result| &result.cell));
    let is_search = shown().any(|result| result.stage.is_some());
    let mut quantities = std::collections::BTreeMap::new();
    for (name, measurement) in shown().flat_map(|result| &result.measurements) {
        quantities.entry(name).or_insert(&measurement.unit);
    }
    let mut columns: Vec<Column> = coordinates(&axes, || shown().map(|result| &result.cell));
    columns.extend(is_search.then(|| Column::place("stage", Kind::Text)));
    columns.push(Column::new("parameters", Kind::Integer));
    columns.push(Column::new("dataset_bits", Kind::Real).in_unit("bits"));
    let counts = ["trials_succeeded", "trials_failed", "trials_diverged"];
    columns.extend(counts.map(|name| Column::new(name, Kind::Integer)));
    let quantity = |(name, unit): (&&String, &&std::borrow::Cow<'static, str>)| {
        Column::new((*name).clone(), Kind::Estimate).in_unit((*unit).clone())
    };
    columns.extend(quantities.iter().map(quantity));
    let names: Vec<String> = quantities.keys().map(|name| (*name).clone()).collect();
    // beside what the strongest decoder read its name
    let decoded: Vec<&str> =
        STRONGEST.into_iter().filter(|known| names.iter().any(|name| name == known)).collect();
    columns.extend(decoded.iter().map(|name| Column::new(format!("{name}_decoder"), Kind::Text)));
    let row = move |result: &CellResult| -> Row {
        let mut row = places(&axes, &result.cell);
        if is_search {
            let stage = result.stage.map(Stage::as_str);
            row.push(stage.map_or(Entry::Missing, |stage| Entry::Text(stage.to_owned())));
        }
        row.push(Entry::count(result.parameters));
        row.push(Entry::Real(result.dataset_bits));
        let trials = result.trials;
        row.extend([trials.succeeded, trials.failed, trials.diverged].map(Entry::count));
        let measured = |name: &String| result.measurements.get(name).map(|found| &found.interval);
        row.extend(names.iter().map(|name| estimate(measured(name))));
        row.extend(decoded.iter().map(|name| decoders(result.measurements.get(*name))));
        row
    };
    Table::new(columns, shown().map(row))
}

/// The decoder, or each with the number of replicates that it read.
fn decoders(measurement: Option<&CellMeasurement>) -> Entry {
    let Some(all) = measurement.map(|measurement| &measurement.decoders) else { return Entry::Missing };
    let counted = all.iter().map(|(name, count)| format!("{name} {count}"));
    match (all.len(), all.keys().next()) {
        (1, Some(name)) => Entry::Text(name.clone()),
        _ => Entry::Text(counted.collect::<Vec<_>>().join(", ")),
    }
}
