//! Every trial with its digest and what it measured. The columns follow from the spec alone, so that
//! rows can be read one after the other, and a job that runs has the columns of one that ended.

use std::collections::BTreeMap;

use super::origin::profile_of;
use super::parts::places;
use crate::outcome::TrialOutcome;
use crate::science::estimator::Quantity;
use crate::spec::ValidJobSpec;
use crate::table::{Column, Entry, Kind, Row, Table};

/// What a search chooses beside the cell.
const SEARCHED: [(&str, Kind); 3] = [
    ("/dataset/samples", Kind::Integer),
    ("/training/learning_rate", Kind::Real),
    ("/training/steps", Kind::Integer),
];

/// One row a trial, in the order in which the outcomes come.
pub fn trials<'a>(job: &'a ValidJobSpec, outcomes: impl Iterator<Item = TrialOutcome> + 'a) -> Table<'a> {
    let axes = axes(job);
    let quantities: BTreeMap<&str, &Quantity> = job
        .estimators()
        .flat_map(|estimator| estimator.quantities())
        .map(|quantity| (quantity.name, quantity))
        .collect();
    let mut columns = vec![
        Column::place("trial", Kind::Integer),
        Column::place("replicate", Kind::Integer),
        Column::new("state", Kind::Text),
        Column::new("digest", Kind::Text),
        Column::new("numeric_profile", Kind::Text),
    ];
    columns.extend(axes.values().cloned());
    columns.extend(quantities.values().map(|q| Column::new(q.name, Kind::Real).in_unit(q.unit.name())));
    let axes: Vec<String> = axes.into_keys().collect();
    let names: Vec<&str> = quantities.into_keys().collect();
    let row = move |outcome: TrialOutcome| -> Row {
        let (cell, replicate) = outcome.place(job);
        let digest = outcome.digest.as_ref().map(ToString::to_string);
        let profile = outcome.report.as_ref().map(|report| profile_of(report).to_owned());
        let mut row = vec![
            Entry::Integer(outcome.number.into()),
            Entry::count(replicate),
            Entry::Text(outcome.state.to_string()),
            digest.map_or(Entry::Missing, Entry::Text),
            profile.map_or(Entry::Missing, Entry::Text),
        ];
        row.extend(places(&axes, &cell));
        row.extend(names.iter().map(|name| Entry::from(outcome.value(name))));
        row
    };
    Table::new(columns, outcomes.map(row))
}

/// The axes of the sweep, and what a search chooses, in the order of coordinates.
fn axes(job: &ValidJobSpec) -> BTreeMap<String, Column> {
    let own = job.sweep().axes().iter();
    let mut axes: BTreeMap<String, Column> =
        own.map(|axis| (axis.path.clone(), Column::coordinate(&axis.path, &axis.values))).collect();
    if job.search().is_some() {
        let searched = SEARCHED.map(|(path, kind)| (path.to_owned(), Column::place(path, kind)));
        axes.extend(searched);
    }
    axes
}
