//! From a document to a job that may run: only [`ValidJobSpec`] can be executed.

use std::collections::BTreeSet;

use garde::Validate;
use serde_json::Value;

use super::admission::{self, Limits, Plan};
use super::claim;
use super::fault::{Fault, Rejection, is_within};
use super::json;
use super::read::read;
use super::results::TrialOutcome;
use super::search::{self, Point, Round, Search};
use super::spec::{Axis, JobSpec};
use super::sweep::{self, Coordinates, Points};
use crate::science::trial::TrialSpec;

/// A job spec that was checked as a whole: every cell of its sweep can run.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidJobSpec {
    document: Value,
    axes: Vec<Points>,
    cells: Vec<JobSpec>,
    plan: Plan,
    states_samples: bool,
}

/// Faults after which checking further cells is of no use to anybody.
const MOST_FAULTS: usize = 100;

impl ValidJobSpec {
    /// Checks a document.
    ///
    /// # Errors
    /// Every fault at once, each with its place.
    pub fn parse(text: &[u8], limits: &Limits) -> Result<Self, Rejection> {
        let document = json::parse(text).map_err(Rejection::Syntax)?;
        Self::check(document, limits).map_err(|faults| Rejection::Invalid(faults.into_iter().collect()))
    }

    fn check(document: Value, limits: &Limits) -> Result<Self, BTreeSet<Fault>> {
        let mut faults = BTreeSet::new();
        let mut base = document.clone();
        let sweep = base.as_object_mut().and_then(|fields| fields.remove("sweep"));
        let axes = read_axes(sweep, &mut faults);
        let states_samples = prepare_search(&mut base, &axes, &mut faults);
        let seeds = base.get("seeds").and_then(Value::as_u64).unwrap_or(8).max(1);
        let cells = sweep::count(&axes).and_then(|cells| Some((cells, cells.checked_mul(seeds)?)));
        let count = match cells {
            Some((cells, trials)) if trials <= limits.trials => cells,
            too_many => {
                let detail = admission::too_many_trials(too_many.map(|(_, trials)| trials), limits);
                faults.insert(Fault::new(if axes.is_empty() { "/seeds" } else { "/sweep" }, detail));
                1 // the first cell still shows what else is wrong
            }
        };
        let mut specs = Vec::new();
        for index in 0..count {
            let chosen = sweep::choices(&axes, index);
            match sweep::apply(&base, &axes, &chosen) {
                Ok(cell) => {
                    let (spec, found) = check_cell(cell, limits);
                    faults.extend(found.into_iter().map(|fault| onto_axis(fault, &axes, &chosen)));
                    specs.extend(spec);
                }
                Err(axis) => {
                    let place = format!("/sweep/{axis}/path");
                    faults.insert(Fault::new(place, "leads to no field of this spec"));
                }
            }
            if faults.len() >= MOST_FAULTS {
                break;
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let plan = admission::plan(&specs);
        let mut valid = Self { document, axes, cells: specs, plan, states_samples };
        if valid.search().is_some() {
            valid.plan = search::estimate(&valid);
        }
        faults.extend(claim::faults(&valid));
        if faults.is_empty() { Ok(valid) } else { Err(faults) }
    }

    /// Reads a document that was accepted before; limits do not apply again.
    ///
    /// # Errors
    /// When the text was never accepted by this version.
    pub fn from_stored(text: &str) -> Result<Self, Rejection> {
        Self::parse(text.as_bytes(), &Limits::NONE)
    }

    /// The document as it was sent.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Name, tags, seeds and budget: the same in every cell.
    #[must_use]
    pub fn frame(&self) -> &JobSpec {
        &self.cells[0]
    }

    /// What the job will cost.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Cells of the sweep.
    #[must_use]
    pub fn cells(&self) -> &[JobSpec] {
        &self.cells
    }

    /// The axes of the sweep with their values.
    #[must_use]
    pub fn axes(&self) -> &[Points] {
        &self.axes
    }

    /// Where a cell lies in the sweep.
    #[must_use]
    pub fn coordinates(&self, cell: usize) -> Coordinates {
        sweep::coordinates(&self.axes, &sweep::choices(&self.axes, cell as u64))
    }

    /// What the job searches for instead of sweeping over sizes.
    #[must_use]
    pub fn search(&self) -> Option<&Search> {
        self.frame().search.as_ref()
    }

    /// Whether the spec says how many samples there are.
    #[must_use]
    pub fn states_samples(&self) -> bool {
        self.states_samples
    }

    /// What a search does first.
    #[must_use]
    pub fn first_round(&self) -> Option<Round> {
        self.search().map(|_| search::next(self, &[]))
    }

    /// Where a trial lies: the coordinates of its cell, of a search with what it chose, and
    /// its replicate.
    #[must_use]
    pub fn place_of(&self, trial: &TrialOutcome) -> (Coordinates, u64) {
        let Some(point) = trial.point else {
            let (cell, replicate) = self.place(trial.index);
            return (self.coordinates(cell), replicate);
        };
        let mut coordinates = self.coordinates(point.cell);
        coordinates.0.insert("/dataset/samples".into(), point.samples.into());
        coordinates.0.insert("/training/learning_rate".into(), point.learning_rate.into());
        coordinates.0.insert("/training/steps".into(), point.steps.into());
        (coordinates, point.replicate)
    }

    /// The trial that a search wants; `None` when this version knows no such point.
    #[must_use]
    pub fn trial_at(&self, point: &Point) -> Option<TrialSpec> {
        Some(trial_of(point.spec(self.cells.get(point.cell)?)?, point.replicate))
    }

    /// Trials of the job; of a search those it begins with.
    ///
    /// # Panics
    /// Never: trials are limited.
    #[must_use]
    pub fn trials(&self) -> u32 {
        if let Some(round) = self.first_round() {
            return u32::try_from(round.points.len()).expect("a round is small");
        }
        u32::try_from(self.cells.len()).expect("cells are limited") * self.frame().seeds
    }

    /// Cell and replicate of a trial. Replicates are the outer loop, so that the
    /// whole sweep is seen early with few seeds.
    #[must_use]
    pub fn place(&self, trial: u32) -> (usize, u64) {
        let cells = u32::try_from(self.cells.len()).expect("cells are limited");
        ((trial % cells) as usize, u64::from(trial / cells))
    }

    /// The trial of this number.
    #[must_use]
    pub fn trial(&self, trial: u32) -> TrialSpec {
        let (cell, replicate) = self.place(trial);
        trial_of(self.cells[cell].clone(), replicate)
    }
}

fn trial_of(spec: JobSpec, replicate: u64) -> TrialSpec {
    TrialSpec {
        dataset: spec.dataset,
        network: spec.network,
        regularizers: spec.regularizers,
        training: spec.training,
        estimators: spec.estimators,
        seed: spec.seed,
        replicate,
    }
}

/// A search chooses samples and learning rate itself: they need not be stated, and cannot
/// be swept over. Says whether the samples were stated.
fn prepare_search(base: &mut Value, axes: &[Points], faults: &mut BTreeSet<Fault>) -> bool {
    if base.get("search").is_none_or(Value::is_null) {
        return true;
    }
    let own = ["/dataset/samples", "/training/learning_rate"];
    for (i, _) in axes.iter().enumerate().filter(|(_, axis)| own.iter().any(|o| axis.pointers().contains(o)))
    {
        faults.insert(Fault::new(format!("/sweep/{i}/path"), "is chosen by /search itself"));
    }
    if let Some(dataset) = base.get_mut("dataset").and_then(Value::as_object_mut)
        && !dataset.contains_key("samples")
    {
        dataset.insert("samples".into(), PLACEHOLDER.into());
        return false;
    }
    true
}

/// Samples of a spec that leaves them to a search, until it has chosen.
const PLACEHOLDER: u64 = 64;

fn read_axes(sweep: Option<Value>, faults: &mut BTreeSet<Fault>) -> Vec<Points> {
    let Some(sweep) = sweep else { return Vec::new() };
    let (axes, found) = read::<Vec<Axis>>(sweep);
    let mut found: Vec<Fault> =
        found.into_iter().map(|f| Fault::new(format!("/sweep{}", f.pointer), f.detail)).collect();
    let points = axes.map(|axes| sweep::points(&axes));
    let usable = if found.is_empty() { points } else { None };
    match usable {
        Some(Ok(points)) => return points,
        Some(Err(more)) => found.extend(more),
        None => {}
    }
    faults.extend(found);
    Vec::new()
}

/// Structure first, then ranges, then what fields mean together; a later
/// complaint about a place that is already at fault is dropped.
fn check_cell(cell: Value, limits: &Limits) -> (Option<JobSpec>, Vec<Fault>) {
    let (spec, mut faults) = read::<JobSpec>(cell);
    let Some(spec) = spec else { return (None, faults) };
    let structural = faults.len();
    let add = |faults: &mut Vec<Fault>, more: Vec<Fault>| {
        let known = faults.len().max(structural);
        for fault in more {
            let covered = faults[..known.min(faults.len())]
                .iter()
                .any(|f| is_within(&fault.pointer, &f.pointer) || is_within(&f.pointer, &fault.pointer));
            if !covered {
                faults.push(fault);
            }
        }
    };
    if let Err(report) = spec.validate() {
        let ranges =
            report.iter().map(|(path, error)| Fault::new(pointer(&path.to_string()), error.to_string()));
        add(&mut faults, ranges.collect());
    }
    let clean = faults.is_empty();
    add(&mut faults, admission::faults(&spec, limits, clean));
    (faults.is_empty().then_some(spec), faults)
}

/// `training.optimizer.beta1`, `network.hidden[0]` -> JSON pointer. Field names
/// hold neither dots nor brackets.
fn pointer(path: &str) -> String {
    let segments = path.split(['.', '[']).map(|segment| segment.trim_end_matches(']'));
    segments.filter(|segment| !segment.is_empty()).map(|segment| format!("/{segment}")).collect()
}

/// A fault inside a swept field lies in the axis' values, or in its path when
/// there is no such field.
fn onto_axis(fault: Fault, axes: &[Points], chosen: &[usize]) -> Fault {
    for (i, (axis, choice)) in axes.iter().zip(chosen).enumerate() {
        let Some((place, rest)) = axis.origin(*choice, &fault.pointer) else { continue };
        let unknown = rest.is_empty() && fault.detail.starts_with("unknown field");
        let place =
            if unknown && place.starts_with("values") { "path".to_owned() } else { format!("{place}{rest}") };
        return Fault::new(format!("/sweep/{i}/{place}"), fault.detail);
    }
    fault
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(value: &Value) -> Result<ValidJobSpec, Vec<String>> {
        ValidJobSpec::parse(value.to_string().as_bytes(), &Limits::default()).map_err(|rejection| {
            rejection.faults().iter().map(|fault| format!("{}: {}", fault.pointer, fault.detail)).collect()
        })
    }

    fn good() -> Value {
        json!({
            "dataset": {"kind": "random_labels", "inputs": 5, "samples": 10},
            "network": {"kind": "mlp", "hidden": [4]},
            "seeds": 3,
        })
    }

    #[test]
    fn replicates_are_the_outer_loop_and_share_their_streams_across_cells() {
        let mut spec = good();
        spec["sweep"] = json!([{"path": "/dataset/samples", "values": [10, 20]}]);
        spec["seed"] = json!(9);
        let valid = parse(&spec).unwrap();
        assert_eq!((valid.cells().len(), valid.trials()), (2, 6));
        let places: Vec<(usize, u64)> = (0..6).map(|trial| valid.place(trial)).collect();
        assert_eq!(places, [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)]);
        assert_eq!((valid.trial(3).seed, valid.trial(3).replicate), (9, 1));
        assert_eq!(valid.coordinates(1).0["/dataset/samples"], json!(20));
    }

    #[test]
    fn a_swept_field_may_be_left_out_of_the_spec_and_defaults_may_be_swept() {
        let spec = json!({
            "dataset": {"kind": "random_labels", "inputs": 5},
            "network": {"kind": "linear"},
            "sweep": [
                {"path": "/dataset/samples", "values": [10, 20]},
                {"path": "/training/learning_rate", "values": [0.1]},
            ],
        });
        assert_eq!(parse(&spec).unwrap().cells().len(), 2);
    }

    #[test]
    fn faults_of_all_sorts_and_places_come_together() {
        let mut spec = good();
        spec["name"] = json!("two\nlines");
        spec["seeds"] = json!(0);
        spec["training"] = json!({"learning_rate": -1.0, "steps": 0, "batch_size": 0, "optimizer": {"kind": "sgd", "momentum": 1.5}});
        spec["network"]["hidden"] = json!([4, 0]);
        spec["regularizers"] = json!([{"kind": "dropout", "rate": 1.0}]);
        spec["sweep"] = json!([{"path": "/dataset/samples", "values": [10, 0, "x"]}, {"path": "/dataset/colour", "values": [1]}]);
        let faults = parse(&spec).unwrap_err();
        for place in [
            "/name: control",
            "/seeds: lower than 1",
            "/training/learning_rate: lower",
            "/training/steps: lower",
            "/training/batch_size: lower",
            "/training/optimizer/momentum: greater",
            "/network/hidden/1: lower",
            "/regularizers/0/rate: greater",
            "/sweep/0/values/1: lower",
            "/sweep/0/values/2: invalid type",
            "/sweep/1/path: unknown field",
        ] {
            assert!(faults.iter().any(|fault| fault.starts_with(place)), "{place} not in {faults:#?}");
        }
    }

    #[test]
    fn sweeps_beyond_the_limit_are_refused_before_they_are_expanded() {
        let values: Vec<Value> = (0..1000).map(Value::from).collect();
        let mut spec = good();
        spec["sweep"] = json!([
            {"path": "/dataset/samples", "values": values}, {"path": "/dataset/inputs", "values": values},
            {"path": "/training/steps", "values": values}, {"path": "/training/learning_rate", "values": values},
            {"path": "/training/batch_size", "values": values}, {"path": "/network/bias", "values": values},
            {"path": "/network/activation", "values": values}, {"path": "/dataset/classes", "values": values},
        ]);
        let faults = parse(&spec).unwrap_err();
        assert!(faults.iter().any(|f| f.starts_with("/sweep: ") && f.contains("10000")), "{faults:?}");
    }

    #[test]
    fn what_was_accepted_reads_back_equal() {
        let valid = parse(&good()).unwrap();
        assert_eq!(ValidJobSpec::from_stored(&valid.document().to_string()).unwrap(), valid);
    }
}
