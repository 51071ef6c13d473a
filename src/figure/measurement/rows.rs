//! What a measurement is drawn from: one row a cell, or a trial where there is one cell.

use serde_json::Value;

use crate::evaluation::CellResult;
use crate::figure::subject::Subject;
use crate::outcome::TrialOutcome;
use crate::spec::search::Stage;
use crate::spec::{Coordinates, Fault};

/// What runs to the right where the job has one cell.
const REPLICATE: &str = "replicate";

/// The axes of a job with their values.
pub struct Sweep {
    /// Path or name, and values in the order of the sweep.
    pub axes: Vec<(String, Vec<Value>)>,
    is_single: bool,
    /// Axes that the job states; those that follow are what a search chose.
    own: usize,
}

/// A point before its place is known.
pub struct Row {
    /// Where it lies in the sweep.
    pub cell: Coordinates,
    /// Its value on the axis to the right.
    pub x: Value,
    /// Mean over seeds, once there is one.
    pub mean: Option<f64>,
    /// The 95 % interval over seeds.
    pub interval: Option<(f64, f64)>,
}

/// The axes of the sweep, and of a search what it chose besides.
pub fn sweep(subject: &Subject) -> Sweep {
    let mut axes: Vec<(String, Vec<Value>)> =
        subject.job().sweep().axes().iter().map(|axis| (axis.path.clone(), axis.values.clone())).collect();
    let own = axes.len();
    for result in reported(subject) {
        for (path, value) in &result.cell.0 {
            match axes.iter().position(|(known, _)| known == path) {
                Some(known) if known < own => {}
                Some(known) if axes[known].1.contains(value) => {}
                Some(known) => axes[known].1.push(value.clone()),
                None => axes.push((path.clone(), vec![value.clone()])),
            }
        }
    }
    let is_single = axes.is_empty();
    if is_single {
        let seeds = (0..subject.job().common().seeds).map(Value::from);
        axes.push((REPLICATE.to_owned(), seeds.collect()));
    }
    Sweep { axes, is_single, own }
}

/// The number that a value is, or that it holds alone: the width of one hidden layer.
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Array(items) if items.len() == 1 => items[0].as_f64(),
        other => other.as_f64(),
    }
}

/// The results but for what a search only chose by.
fn reported<'a>(subject: &'a Subject) -> impl Iterator<Item = &'a CellResult> {
    subject.evaluation.results.iter().filter(|result| result.stage != Some(Stage::Tuning))
}

impl Sweep {
    /// Whether the job has one cell, and points are trials.
    pub fn is_single(&self) -> bool {
        self.is_single
    }

    /// The number of the axis that was asked for, or of that with the most numbers.
    pub fn axis(&self, asked: Option<&str>) -> Result<usize, Fault> {
        if let Some(asked) = asked {
            let paths: Vec<&str> = self.axes.iter().map(|(path, _)| path.as_str()).collect();
            let detail = || format!("is not an axis of this job; must be one of {}", paths.join(", "));
            return paths.iter().position(|path| *path == asked).ok_or_else(|| Fault::new("/x", detail()));
        }
        let mut best = (0, 0);
        for (i, (_, values)) in self.axes.iter().enumerate() {
            if values.iter().all(|value| number(value).is_some()) && values.len() > best.1 {
                best = (i, values.len());
            }
        }
        Ok(best.0)
    }

    /// The other axes that the job states: what a search chose makes no series of its own.
    pub fn others(&self, x: usize) -> Vec<&str> {
        let others = self.axes.iter().enumerate().take(self.own).filter(|(i, _)| *i != x);
        others.map(|(_, (path, _))| path.as_str()).collect()
    }

    /// What was measured of a quantity.
    pub fn rows(&self, subject: &Subject, quantity: &str, x: usize) -> Vec<Row> {
        if self.is_single {
            return subject
                .evaluation
                .outcomes
                .iter()
                .map(|outcome| row_of(subject, outcome, quantity))
                .collect();
        }
        let row = |result: &CellResult| {
            let interval = result.measurements.get(quantity).map(|measurement| measurement.interval);
            Row {
                cell: result.cell.clone(),
                x: result.cell.0.get(&self.axes[x].0).cloned().unwrap_or_default(),
                mean: interval.map(|interval| interval.mean),
                interval: interval.and_then(|interval| interval.ci95_low.zip(interval.ci95_high)),
            }
        };
        reported(subject).map(row).collect()
    }
}

fn row_of(subject: &Subject, outcome: &TrialOutcome, quantity: &str) -> Row {
    let (cell, replicate) = outcome.place(subject.job());
    Row { cell, x: replicate.into(), mean: outcome.value(quantity), interval: None }
}
