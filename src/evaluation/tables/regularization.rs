//! Memorized bits and gaps of every knob.

use std::collections::BTreeSet;

use super::parts::{axes, coordinates, estimate, places};
use crate::evaluation::analysis::RegularizationPoint;
use crate::evaluation::{CellRegularization, Evaluation};
use crate::table::{Column, Entry, Kind, Row, Table};

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
    columns.extend([
        Column::place("knob", Kind::Text),
        Column::place("strength", Kind::Real),
        Column::place("samples", Kind::Integer),
    ]);
    columns.push(Column::new("trials_succeeded", Kind::Integer));
    columns.extend(bits.iter().chain(&gaps).map(|name| Column::new(name.as_str(), Kind::Estimate)));
    columns.extend(theory.iter().map(|name| Column::new(name.as_str(), Kind::Real)));
    let row = move |(samples, setting): (u64, &RegularizationPoint)| -> Row {
        let mut row = places(&axes, &setting.cell);
        row.push(Entry::Text(setting.knob.clone()));
        row.push(setting.strength.into());
        row.extend([Entry::count(samples), Entry::count(setting.n as u64)]);
        row.extend(bits.iter().map(|name| estimate(setting.bits.get(*name))));
        row.extend(gaps.iter().map(|name| estimate(setting.gaps.get(*name))));
        row.extend(theory.iter().map(|name| Entry::from(setting.theory.get(*name).copied())));
        row
    };
    Table::new(columns, settings().map(row))
}
