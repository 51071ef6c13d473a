//! An evaluation as tables: one row a cell, a trial or a setting.

use std::collections::BTreeSet;

use super::results::{CellMeasurement, CellResult};
use super::strongest::STRONGEST;
use super::{CellRegularization, Evaluation};
use crate::science::analysis::interval::Interval;
use crate::spec::Coordinates;
use crate::spec::search::Stage;
use crate::table::{Column, Entry, Estimate, Kind, Row, Table};

/// A table of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobTable {
    /// What was measured in each cell.
    Results,
    /// Every trial with its digest and what it measured.
    Trials,
    /// Memorized bits and gaps of every knob.
    Regularization,
}

impl JobTable {
    /// Every table.
    pub const ALL: [Self; 3] = [Self::Results, Self::Trials, Self::Regularization];

    /// Name, as paths and files have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Results => "results",
            Self::Trials => "trials",
            Self::Regularization => "regularization",
        }
    }

    /// The table that an evaluation gives.
    #[must_use]
    pub fn of(self, evaluation: &Evaluation) -> Table<'_> {
        match self {
            Self::Results => results(evaluation, |_| true),
            Self::Trials => trials(evaluation),
            Self::Regularization => regularization(evaluation),
        }
    }
}

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
    columns.extend(is_search.then(|| Column { is_coordinate: true, ..Column::new("stage", Kind::Text) }));
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
    Table { columns, rows: Box::new(shown().map(row)) }
}

/// Every trial with its digest and what it measured.
#[must_use]
pub fn trials(evaluation: &Evaluation) -> Table<'_> {
    let (job, outcomes) = (&evaluation.spec, &evaluation.outcomes);
    let axes = axes(outcomes.first().map(|outcome| outcome.place(job).0).as_ref());
    let measured = outcomes.iter().filter_map(|outcome| outcome.measured());
    let names: BTreeSet<&String> = measured.flat_map(|measured| measured.measurements.keys()).collect();
    let mut columns = vec![
        Column { is_coordinate: true, ..Column::new("trial", Kind::Integer) },
        Column { is_coordinate: true, ..Column::new("replicate", Kind::Integer) },
        Column::new("state", Kind::Text),
        Column::new("digest", Kind::Text),
    ];
    let values = |axis: &String| match job.sweep().axes().iter().find(|known| known.path == *axis) {
        Some(axis) => Column::coordinate(&axis.path, &axis.values),
        // what a search chose
        None => Column { is_coordinate: true, ..Column::new(axis, Kind::Real) },
    };
    columns.extend(axes.iter().map(values));
    columns.extend(names.iter().map(|name| Column::new(name.as_str(), Kind::Real)));
    let row = move |outcome: &crate::outcome::TrialOutcome| -> Row {
        let (cell, replicate) = outcome.place(job);
        let digest = outcome.digest.as_ref();
        let mut row = vec![
            Entry::Integer(outcome.number.into()),
            Entry::count(replicate),
            Entry::Text(outcome.state.to_string()),
            digest.map_or(Entry::Missing, |digest| Entry::Text(digest.to_string())),
        ];
        row.extend(places(&axes, &cell));
        row.extend(names.iter().map(|name| Entry::from(outcome.value(name))));
        row
    };
    Table { columns, rows: Box::new(outcomes.iter().map(row)) }
}

/// The knobs of a job: one row a setting, the baseline of each kind of data first.
#[must_use]
pub fn regularization(evaluation: &Evaluation) -> Table<'_> {
    let all = &evaluation.analyses.regularization;
    let settings =
        move || all.iter().flat_map(|one: &CellRegularization| one.settings().map(move |s| (one.samples, s)));
    let axes = axes(settings().map(|(_, setting)| &setting.cell));
    let bits: BTreeSet<&String> = settings().flat_map(|(_, setting)| setting.bits.keys()).collect();
    let gaps: BTreeSet<&String> = settings().flat_map(|(_, setting)| setting.gaps.keys()).collect();
    let theory: BTreeSet<&String> = settings().flat_map(|(_, setting)| setting.theory.keys()).collect();
    let mut columns = coordinates(&axes, || settings().map(|(_, setting)| &setting.cell));
    let named = |name: &str, kind| Column { is_coordinate: true, ..Column::new(name, kind) };
    columns.extend([
        named("knob", Kind::Text),
        named("strength", Kind::Real),
        named("samples", Kind::Integer),
    ]);
    columns.push(Column::new("trials_succeeded", Kind::Integer));
    columns.extend(bits.iter().chain(&gaps).map(|name| Column::new(name.as_str(), Kind::Estimate)));
    columns.extend(theory.iter().map(|name| Column::new(name.as_str(), Kind::Real)));
    let row = move |(samples, setting): (u64, &super::analysis::RegularizationPoint)| -> Row {
        let mut row = places(&axes, &setting.cell);
        row.push(Entry::Text(setting.knob.clone()));
        row.push(setting.strength.into());
        row.extend([Entry::count(samples), Entry::count(setting.n as u64)]);
        row.extend(bits.iter().map(|name| estimate(setting.bits.get(*name))));
        row.extend(gaps.iter().map(|name| estimate(setting.gaps.get(*name))));
        row.extend(theory.iter().map(|name| Entry::from(setting.theory.get(*name).copied())));
        row
    };
    Table { columns, rows: Box::new(settings().map(row)) }
}

/// The axes of the first cell: all cells of a job have the same.
fn axes<'a>(cells: impl IntoIterator<Item = &'a Coordinates>) -> Vec<String> {
    cells.into_iter().next().map(|cell| cell.0.keys().cloned().collect()).unwrap_or_default()
}

fn coordinates<'a, I: Iterator<Item = &'a Coordinates>>(
    axes: &[String],
    cells: impl Fn() -> I,
) -> Vec<Column> {
    axes.iter().map(|axis| Column::coordinate(axis, cells().filter_map(|cell| cell.0.get(axis)))).collect()
}

fn places(axes: &[String], cell: &Coordinates) -> Row {
    axes.iter().map(|axis| cell.0.get(axis).map_or(Entry::Missing, Entry::of)).collect()
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

fn estimate(interval: Option<&Interval>) -> Entry {
    interval.map_or(Entry::Missing, |interval| {
        Entry::Estimate(Estimate {
            mean: interval.mean,
            sd: interval.sd,
            interval: interval.ci95_low.zip(interval.ci95_high),
        })
    })
}
