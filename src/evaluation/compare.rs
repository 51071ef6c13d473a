//! Comparison of jobs: cells aligned by their coordinates, differences paired by replicate where
//! both jobs drew the same random numbers.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Evaluation;
use crate::outcome::by_cell;
use crate::science::analysis::comparison::holm;
use crate::science::analysis::difference::Difference;
use crate::science::estimator::{all_quantities, all_ratios};
use crate::spec::Coordinates;

/// Jobs against the first of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobComparison {
    /// Ids of the jobs; every other is compared with the first.
    pub jobs: Vec<String>,
    /// Whether replicates of equal numbers drew the same random numbers in all jobs (the seeds
    /// agree), so that differences are paired by replicate; else they are differences of means.
    pub paired: bool,
    /// Settings outside the sweeps that differ between the jobs, by JSON pointer into the spec.
    pub settings: Vec<DifferingSetting>,
    /// Differences of each quantity in each cell that a job shares with the first one.
    pub items: Vec<ComparedCell>,
    /// Cells without a counterpart, by job.
    pub unmatched: Vec<UnmatchedCells>,
    /// What to consider when reading the differences.
    pub notes: Vec<String>,
}

/// A setting that differs between jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DifferingSetting {
    /// JSON pointer into the spec.
    pub pointer: String,
    /// The setting in each job, in the order of `jobs`; `null` where it is not stated.
    pub values: Vec<Value>,
}

/// The difference of one quantity in one cell between two jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComparedCell {
    /// Coordinates of the cell, in both jobs.
    pub cell: Coordinates,
    /// Id of the job that is compared with the first one.
    pub job: String,
    /// Name of the quantity.
    pub quantity: String,
    /// Unit of the quantity and of its difference.
    pub unit: String,
    /// Mean in the first job, over the replicates that were used.
    pub baseline_mean: f64,
    /// Mean in the other job, over the replicates that were used.
    pub mean: f64,
    /// The other job minus the first one.
    #[serde(flatten)]
    pub difference: Difference,
    /// The p-value, corrected for all differences of the table (Holm 1979).
    pub p_holm: Option<f64>,
    /// Whether `p_holm` is below 0.05.
    pub significant: Option<bool>,
}

/// Cells of a job that have no counterpart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnmatchedCells {
    /// Id of the job.
    pub job: String,
    /// Number of its cells that the compared job does not have.
    pub cells: usize,
    /// The first of them, at most 20.
    pub first: Vec<Coordinates>,
}

/// Cells that are named of those without a counterpart.
const MOST_NAMED: usize = 20;

/// A job under its id.
pub type Named<'a> = (String, &'a Evaluation);

/// Compares every other job with the first one, for the quantities of these names; for all
/// headline quantities where there are none.
#[must_use]
pub fn compare_jobs(jobs: &[Named], names: &[String]) -> JobComparison {
    let seeds: BTreeSet<u64> = jobs.iter().map(|(_, job)| job.spec.common().seed).collect();
    let paired = seeds.len() == 1;
    let tables: Vec<Cells> = jobs.iter().map(|(_, job)| cells(job)).collect();
    let quantities = quantities(names);
    let (mut items, mut unmatched) = (Vec::new(), Vec::new());
    for ((id, _), other) in jobs.iter().zip(&tables).skip(1) {
        let first = &tables[0];
        unmatched.extend(missing(&jobs[0].0, first, other));
        unmatched.extend(missing(id, other, first));
        for (place, cell, values) in other.in_order() {
            let Some(baseline) = first.by_place.get(&place) else { continue };
            for (quantity, unit) in &quantities {
                items.extend(compared(id, cell, (quantity, unit), &baseline.1, values, paired));
            }
        }
    }
    correct(&mut items);
    let notes = notes(jobs, paired, &items);
    let ids = jobs.iter().map(|(id, _)| id.clone()).collect();
    JobComparison { jobs: ids, paired, settings: settings(jobs), items, unmatched, notes }
}

/// Values of each quantity by replicate.
type Values = BTreeMap<String, BTreeMap<u64, f64>>;

/// Cells by their coordinates as text.
struct Cells {
    order: Vec<String>,
    by_place: BTreeMap<String, (Coordinates, Values)>,
}

impl Cells {
    fn in_order(&self) -> impl Iterator<Item = (String, &Coordinates, &Values)> {
        self.order.iter().map(|place| {
            let (cell, values) = &self.by_place[place];
            (place.clone(), cell, values)
        })
    }
}

fn cells(job: &Evaluation) -> Cells {
    let (mut order, mut by_place) = (Vec::new(), BTreeMap::new());
    if job.spec.search().is_some() {
        return Cells { order, by_place };
    }
    for (i, outcomes) in by_cell(&job.spec, &job.outcomes).into_iter().enumerate() {
        let mut values = Values::new();
        for outcome in outcomes {
            let replicate = job.spec.place(outcome.number).1;
            for (name, value) in outcome.measured().into_iter().flat_map(|measured| &measured.measurements) {
                values.entry(name.clone()).or_default().insert(replicate, *value);
            }
        }
        let cell = job.spec.coordinates(i);
        let place = place(&cell);
        order.push(place.clone());
        by_place.insert(place, (cell, values));
    }
    Cells { order, by_place }
}

/// Coordinates as text that does not depend on the order of the axes.
fn place(cell: &Coordinates) -> String {
    let sorted: BTreeMap<&String, &Value> = cell.0.iter().collect();
    serde_json::to_string(&sorted).expect("coordinates are JSON")
}

fn missing(id: &str, own: &Cells, other: &Cells) -> Option<UnmatchedCells> {
    let without = || own.in_order().filter(|(place, ..)| !other.by_place.contains_key(place));
    let cells = without().count();
    let first = without().take(MOST_NAMED).map(|(_, cell, _)| cell.clone()).collect();
    (cells > 0).then(|| UnmatchedCells { job: id.to_owned(), cells, first })
}

/// Names and units of the quantities to compare.
fn quantities(names: &[String]) -> Vec<(String, String)> {
    let ratios: Vec<&str> = all_ratios().iter().map(|ratio| ratio.name).collect();
    let is_wanted = |name: &str, headline: bool| {
        if names.is_empty() { headline } else { names.iter().any(|wanted| wanted == name) }
    };
    // a ratio of averages has no value for a single replicate
    let known = all_quantities().into_iter().map(|(_, quantity)| quantity);
    let wanted = known.filter(|q| is_wanted(q.name, q.headline) && !ratios.contains(&q.name));
    wanted.map(|quantity| (quantity.name.to_owned(), quantity.unit.name().to_owned())).collect()
}

fn compared(
    job: &str,
    cell: &Coordinates,
    (quantity, unit): (&String, &String),
    baseline: &Values,
    other: &Values,
    paired: bool,
) -> Option<ComparedCell> {
    let (baseline, other) = (baseline.get(quantity)?, other.get(quantity)?);
    let (a, b): (Vec<f64>, Vec<f64>) = if paired {
        baseline.iter().filter_map(|(replicate, a)| Some((*a, *other.get(replicate)?))).unzip()
    } else {
        (baseline.values().copied().collect(), other.values().copied().collect())
    };
    let difference = if paired { Difference::paired(&a, &b) } else { Difference::unpaired(&a, &b) }?;
    #[expect(clippy::cast_precision_loss, reason = "replicates are few")]
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    Some(ComparedCell {
        cell: cell.clone(),
        job: job.to_owned(),
        quantity: quantity.clone(),
        unit: unit.clone(),
        baseline_mean: mean(&a),
        mean: mean(&b),
        difference,
        p_holm: None,
        significant: None,
    })
}

/// Corrects over the whole table.
fn correct(items: &mut [ComparedCell]) {
    let p_values: Vec<f64> = items.iter().filter_map(|item| item.difference.p_value).collect();
    let mut corrected = holm(&p_values).into_iter();
    for item in items.iter_mut().filter(|item| item.difference.p_value.is_some()) {
        item.p_holm = corrected.next();
        item.significant = item.p_holm.map(|p| p < 0.05);
    }
}

/// Fields of a spec that say nothing of what is trained, or that align cells.
const NOT_SETTINGS: [&str; 5] = ["name", "question", "tags", "claims", "sweep"];

/// What differs between the specs outside their sweeps.
fn settings(jobs: &[Named]) -> Vec<DifferingSetting> {
    let leaves: Vec<BTreeMap<String, Value>> = jobs
        .iter()
        .map(|(_, job)| {
            let mut found = BTreeMap::new();
            for (field, value) in job.spec.document().as_object().into_iter().flatten() {
                if !NOT_SETTINGS.contains(&field.as_str()) {
                    collect(&format!("/{field}"), value, &mut found);
                }
            }
            found
        })
        .collect();
    let swept: BTreeSet<String> = jobs
        .iter()
        .flat_map(|(_, job)| job.spec.coordinates(0).0.keys().cloned().collect::<Vec<_>>())
        .collect();
    let pointers: BTreeSet<&String> = leaves.iter().flat_map(BTreeMap::keys).collect();
    let value =
        |leaves: &BTreeMap<String, Value>, pointer: &String| leaves.get(pointer).cloned().unwrap_or_default();
    pointers
        .into_iter()
        .filter(|pointer| !swept.contains(*pointer))
        .map(|pointer| DifferingSetting {
            pointer: pointer.clone(),
            values: leaves.iter().map(|leaves| value(leaves, pointer)).collect(),
        })
        .filter(|setting| setting.values.iter().any(|value| *value != setting.values[0]))
        .collect()
}

/// Objects are looked into; arrays are one value.
fn collect(pointer: &str, value: &Value, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect(&format!("{pointer}/{name}"), value, found);
            }
        }
        value => {
            found.insert(pointer.to_owned(), value.clone());
        }
    }
}

fn notes(jobs: &[Named], paired: bool, items: &[ComparedCell]) -> Vec<String> {
    let mut notes = Vec::new();
    if !paired {
        notes.push(
            "the seeds of the jobs differ, so replicates are independent: differences of means, not paired (Welch)".to_owned(),
        );
    }
    for (id, job) in jobs {
        if job.spec.search().is_some() {
            notes.push(format!(
                "{id} is a search: its cells are not aligned; compare its capacities in its analysis"
            ));
        }
        if job.outcomes.iter().any(|outcome| !outcome.state.is_terminal()) {
            notes.push(format!("{id} has not ended: the differences are of the trials so far"));
        }
    }
    if items.is_empty() {
        notes.push("the jobs have no cell with a common quantity".to_owned());
    }
    notes
}
