//! Every trial with its digest and what it measured. The columns follow from the spec alone, so that
//! rows can be read one after the other, and a job that runs has the columns of one that ended.

use std::collections::BTreeMap;

use super::parts::places;
use crate::outcome::{Digest, TrialSummary};
use crate::science::estimator::Quantity;
use crate::spec::ValidJobSpec;
use crate::table::{Column, Entry, Kind, Row, Table};

/// What a search chooses beside the cell.
const SEARCHED: [(&str, Kind); 3] = [
    ("/dataset/samples", Kind::Integer),
    ("/training/learning_rate", Kind::Real),
    ("/training/steps", Kind::Integer),
];

/// One row a trial, in the order in which they come.
pub fn trials<'a>(job: &'a ValidJobSpec, all: impl Iterator<Item = TrialSummary> + 'a) -> Table<'a> {
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
    columns.push(Column::new("seconds", Kind::Real).in_unit("s"));
    let width = columns.len();
    let axes: Vec<String> = axes.into_keys().collect();
    let names: Vec<&str> = quantities.into_keys().collect();
    let row = move |trial: TrialSummary| -> Row {
        let (cell, replicate) = trial.place(job);
        let text = |text: Option<&str>| text.map_or(Entry::Missing, |text| Entry::Text(text.to_owned()));
        let mut row = Row::with_capacity(width);
        row.extend([
            Entry::Integer(trial.number.into()),
            Entry::count(replicate),
            text(Some(trial.state.as_str())),
            text(trial.digest.as_ref().map(Digest::as_str)),
            text(trial.reported.as_ref().map(|reported| reported.numeric_profile.as_str())),
        ]);
        row.extend(places(&axes, &cell));
        row.extend(names.iter().map(|name| Entry::from(trial.value(name))));
        row.push(trial.seconds.into());
        row
    };
    Table::new(columns, all.map(row))
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
