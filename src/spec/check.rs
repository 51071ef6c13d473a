//! From a document to a job that may run: every fault of every cell at once.

mod dear;
mod sweep;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use garde::Validate;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::admission::{self, Excess, Limits, Plan, Tally};
use super::axis::SweepAxis;
use super::document::{JobSpec, default_estimators, may_estimate, may_regularize};
use super::fault::{Fault, Rejection, is_within};
use super::json;
use super::lookup::{Names, looked_up};
use super::part::{Part, Read, Unread};
use super::read::read;
use super::sweep::Sweep;
use super::valid::{Common, Parts, ValidJobSpec};
use super::{CellSpec, compatibility, effect, search};
use crate::science::estimator::Estimator;
use crate::science::network::Network;
use crate::science::regularizer::Regularizer;
use crate::science::source::Source;
use crate::science::training::Training;
use crate::science::trial::cost::Cost;
use dear::TooDear;
use sweep::{onto_axis, prepare_search, read_axes};

/// Parts whose sizes are multiplied to find out what they mean together: only those in range are.
const SIZED: [&str; 4] = ["/dataset", "/network", "/training", "/search"];

/// Faults after which checking further cells is of no use to anybody.
const MOST_FAULTS: usize = 100;

/// Bytes of JSON that all values of all swept parts of a spec may have together.
const MOST_BYTES: usize = 16 << 20;

impl ValidJobSpec {
    /// Checks a document.
    ///
    /// # Errors
    /// Every fault at once, each with its place.
    pub fn parse(text: &[u8], limits: &Limits) -> Result<Self, Rejection> {
        Self::of_document(json::parse(text).map_err(Rejection::Syntax)?, limits)
    }

    /// Checks a document that was read.
    ///
    /// # Errors
    /// Every fault at once, each with its place.
    pub fn of_document(document: Value, limits: &Limits) -> Result<Self, Rejection> {
        check(document, Some(limits)).map_err(|faults| Rejection::Invalid(faults.into_iter().collect()))
    }

    /// Reads a document that was accepted before; limits do not apply again.
    ///
    /// # Errors
    /// When the text was never accepted by this version.
    pub fn from_stored(text: &str) -> Result<Self, Rejection> {
        let document = json::parse(text.as_bytes()).map_err(Rejection::Syntax)?;
        check(document, None).map_err(|faults| Rejection::Invalid(faults.into_iter().collect()))
    }
}

/// Checks a document. No limits apply to one that was accepted before.
///
/// # Errors
/// Every fault, each with its place.
fn check(document: Value, limits: Option<&Limits>) -> Result<ValidJobSpec, BTreeSet<Fault>> {
    // an array would be read as the fields in their order
    if !document.is_object() {
        return Err(BTreeSet::from([Fault::new("", "must be an object")]));
    }
    let mut faults = BTreeSet::new();
    let mut base = document.clone();
    let sweep = base.as_object_mut().and_then(|fields| fields.remove("sweep"));
    let axes = read_axes(sweep, &mut faults);
    let states_samples = prepare_search(&mut base, &axes, &mut faults);
    let mut check = Check { sweep: Sweep::new(axes), base, limits, faults, states_samples };
    let first = check.whole_document(&vec![0; check.sweep.axes().len()]);
    let Some(cells) = check.cells() else {
        check.first_cell(first.as_ref());
        return Err(check.faults);
    };
    let parts = check.parts();
    let Some(first) = first else { return Err(check.faults) };
    let common = Common::of(first);
    let plan = check.every_cell(&common, &parts, cells);
    let Some(parts) = parts.whole().filter(|_| check.faults.is_empty()) else { return Err(check.faults) };
    let mut valid = ValidJobSpec {
        document,
        common,
        sweep: check.sweep,
        parts,
        plan,
        claims: Vec::new(),
        states_samples,
    };
    let is_measured = |name: &str| {
        let yields = |estimator: &Estimator| estimator.quantities().iter().any(|q| q.name == name);
        valid.search().is_none() && valid.estimators().any(yields)
    };
    let names = Names { claims: &valid.common.claims, sweep: &valid.sweep, is_measured: &is_measured };
    let claims = looked_up(&names, limits).map_err(|faults| faults.into_iter().collect::<BTreeSet<_>>())?;
    valid.claims = claims;
    Ok(valid)
}

/// A check under way.
struct Check<'l> {
    base: Value,
    sweep: Sweep,
    limits: Option<&'l Limits>,
    faults: BTreeSet<Fault>,
    states_samples: bool,
}

/// The parts of a spec as far as they could be read.
struct ReadParts {
    dataset: Part<Option<Source>>,
    network: Part<Option<Network>>,
    regularizers: Part<Option<Vec<Regularizer>>>,
    training: Part<Option<Training>>,
    estimators: Part<Option<Vec<Estimator>>>,
}

impl Check<'_> {
    /// Cells of the sweep; `None` when there are too many to look at them.
    fn cells(&mut self) -> Option<usize> {
        let seeds = self.base.get("seeds").and_then(Value::as_u64).unwrap_or(8).max(1);
        let count = self.sweep.count();
        let trials = count.and_then(|cells| cells.checked_mul(seeds));
        let most = self.limits.map_or(u64::from(u32::MAX), |limits| limits.trials);
        if trials.is_none_or(|trials| trials > most) {
            let place = if self.sweep.axes().is_empty() { "/seeds" } else { "/sweep" };
            self.faults.insert(Fault::new(place, admission::too_many_trials(trials, most)));
            return None;
        }
        let most = self.limits.map_or(u64::MAX, |limits| limits.cells);
        if let Some(cells) = count.filter(|cells| *cells > most) {
            self.faults.insert(Fault::new("/sweep", admission::too_many_cells(cells, most)));
            return None;
        }
        let roots = ["/dataset", "/network", "/regularizers", "/training", "/estimators"];
        let bytes: usize = roots.iter().map(|root| Unread::new(root, &self.base, &self.sweep).bytes()).sum();
        if bytes > MOST_BYTES && self.limits.is_some() {
            let detail = format!(
                "the values of the sweep expand to {bytes} bytes of JSON, at most {MOST_BYTES} are allowed"
            );
            self.faults.insert(Fault::new("/sweep", detail));
            return None;
        }
        count.and_then(|cells| usize::try_from(cells).ok())
    }

    fn parts(&mut self) -> ReadParts {
        ReadParts {
            dataset: self.part("/dataset", || None, |_| true),
            network: self.part("/network", || None, |_| true),
            regularizers: self.part(
                "/regularizers",
                || Some(Vec::new()),
                |list: &Vec<_>| may_regularize(list),
            ),
            training: self.part("/training", || Some(Training::default()), |_| true),
            estimators: self.part(
                "/estimators",
                || Some(default_estimators()),
                |list: &Vec<_>| may_estimate(list),
            ),
        }
    }

    /// Reads a part for every value that the sweep gives it. Where one has faults, the whole
    /// document that it belongs to is read again to tell them all.
    fn part<T: DeserializeOwned + Validate<Context = ()>>(
        &mut self,
        root: &'static str,
        left_out: impl Fn() -> Option<T>,
        may_be: impl Fn(&T) -> bool,
    ) -> Part<Option<T>> {
        let (base, sweep) = (self.base.clone(), self.sweep.clone());
        let unread = Unread::new(root, &base, &sweep);
        let mut values = Vec::new();
        // where the spec itself is at fault every value is: further ones tell nothing new
        let mut in_vain = 0;
        for choices in unread.all_choices() {
            let value = match unread.read::<T>(&choices) {
                Read::Whole(value) => Some(value).filter(|value| value.validate().is_ok() && may_be(value)),
                Read::LeftOut => left_out(),
                Read::Faulty => None,
            };
            if value.is_none() && in_vain < MOST_FAULTS && self.faults.len() < MOST_FAULTS {
                let before = self.faults.len();
                self.whole_document(&choices);
                in_vain = if self.faults.len() > before { 0 } else { in_vain + 1 };
            }
            values.push(value);
        }
        unread.with(values)
    }

    /// Looks at every cell whose parts are whole: what its fields mean together, what it costs.
    fn every_cell(&mut self, common: &Common, parts: &ReadParts, cells: usize) -> Plan {
        let mut tally = Tally::default();
        let (mut silent, mut looked_at) = (effect::Silent::default(), 0);
        let mut too_dear = TooDear::default();
        let states_estimators = self.states("/estimators");
        for cell in 0..cells {
            let choices = self.sweep.choices(cell);
            let Some(spec) = parts.cell(&choices) else { continue };
            let is_new = self.limits.is_some();
            let (found, excesses, cost) = together(common, &spec, self.limits, is_new, self.states_samples);
            // what no network can be trained on says nothing of settings
            if !found.iter().any(|fault| fault.pointer == "/network") {
                silent.add(&spec, states_estimators);
                looked_at += 1;
            }
            self.faults.extend(found.into_iter().map(|fault| onto_axis(fault, self.sweep.axes(), &choices)));
            let at = |excess: Excess| excess.at(|fault| onto_axis(fault, self.sweep.axes(), &choices));
            excesses.into_iter().map(at).for_each(|excess| too_dear.add(excess));
            if self.faults.len() >= MOST_FAULTS {
                break;
            }
            tally.add(&spec, cost);
        }
        if looked_at == cells && self.limits.is_some() {
            let axes = self.sweep.axes();
            let found = silent.faults(axes).into_iter();
            let found: Vec<_> = found.map(|fault| onto_axis(fault, axes, &vec![0; axes.len()])).collect();
            self.faults.extend(found);
        }
        self.faults.extend(too_dear.faults());
        tally.plan(common.seeds)
    }

    /// Of a sweep with more cells than are looked at: what its first cell costs, where nothing else is wrong
    /// with it.
    fn first_cell(&mut self, first: Option<&JobSpec>) {
        let Some(spec) = first.filter(|_| self.faults.len() == 1) else { return };
        let (common, states_samples) = (Common::of(spec.clone()), self.states_samples);
        let (_, excesses, _) = together(&common, &spec.cell(), self.limits, true, states_samples);
        let choices = vec![0; self.sweep.axes().len()];
        let found = excesses.into_iter().map(|excess| onto_axis(excess.fault, self.sweep.axes(), &choices));
        self.faults.extend(found);
    }

    /// Whether the spec or an axis of it names this part.
    fn states(&self, root: &str) -> bool {
        let is_swept = |axis: &SweepAxis| axis.pointers().iter().any(|pointer| is_within(pointer, root));
        self.base.pointer(root).is_some() || self.sweep.axes().iter().any(is_swept)
    }

    /// Reads the whole document of a cell and notes every fault: structure first, then ranges,
    /// then what fields mean together; a later complaint about a place that is already at fault
    /// is dropped.
    fn whole_document(&mut self, choices: &[usize]) -> Option<JobSpec> {
        let mut document = self.base.clone();
        if let Err(axis) = self.sweep.apply(&mut document, choices, "") {
            let place = format!("/sweep/{axis}/path");
            self.faults.insert(Fault::new(place, "points to no field of this spec"));
            return None;
        }
        let (spec, mut found) = read::<JobSpec>(document);
        if let Some(spec) = &spec {
            let ranges = spec.validate().err();
            let ranges = ranges.iter().flat_map(garde::Report::iter);
            let ranges =
                ranges.map(|(path, error)| Fault::new(pointer(&path.to_string()), error.to_string()));
            add_uncovered(&mut found, ranges.collect());
            let is_new = self.limits.is_some();
            let common = Common::of(spec.clone());
            if found.is_empty() {
                // what it costs is looked at cell by cell
                found = together(&common, &spec.cell(), None, is_new, self.states_samples).0;
            } else if !found.iter().any(|fault| SIZED.iter().any(|part| is_within(&fault.pointer, part))) {
                add_uncovered(&mut found, meaning(&common, &spec.cell(), is_new));
            }
        }
        self.faults.extend(found.into_iter().map(|fault| onto_axis(fault, self.sweep.axes(), choices)));
        spec
    }
}

impl ReadParts {
    fn cell(&self, choices: &[usize]) -> Option<CellSpec<'_>> {
        use std::borrow::Cow::Borrowed;
        Some(CellSpec {
            dataset: Borrowed(self.dataset.at(choices).as_ref()?),
            network: self.network.at(choices).as_ref()?,
            regularizers: self.regularizers.at(choices).as_ref()?,
            training: Borrowed(self.training.at(choices).as_ref()?),
            estimators: self.estimators.at(choices).as_ref()?,
        })
    }

    fn whole(self) -> Option<Parts> {
        Some(Parts {
            dataset: self.dataset.whole()?,
            network: self.network.whole()?,
            regularizers: self.regularizers.whole()?,
            training: self.training.whole()?,
            estimators: self.estimators.whole()?,
        })
    }
}

/// What the fields of a cell mean together. A spec that was accepted before may hold settings without
/// effect.
fn meaning(common: &Common, cell: &CellSpec, is_new: bool) -> Vec<Fault> {
    let mut faults = compatibility::faults(cell);
    if is_new {
        faults.extend(effect::faults(cell));
    }
    faults.extend(common.search.iter().flat_map(|search| search::faults(search, common.seeds, cell)));
    faults
}

/// The same, and what it costs.
fn together(
    common: &Common,
    cell: &CellSpec,
    limits: Option<&Limits>,
    is_new: bool,
    states_samples: bool,
) -> (Vec<Fault>, Vec<Excess>, Cost) {
    let faults = meaning(common, cell, is_new);
    if !states_samples && faults.is_empty() {
        return at_the_start_of_a_search(common, cell, limits);
    }
    let cost = cell.cost();
    let limits = limits.filter(|_| faults.is_empty());
    let excesses = limits.map(|limits| admission::faults(&cost, &common.budget, limits));
    (faults, excesses.unwrap_or_default(), cost)
}

/// What a cell costs at the size at which a search starts that is told none.
fn at_the_start_of_a_search(
    common: &Common,
    cell: &CellSpec,
    limits: Option<&Limits>,
) -> (Vec<Fault>, Vec<Excess>, Cost) {
    let samples = search::start_samples(cell);
    let training = &cell.training;
    let start = search::Setting::new(samples, training.learning_rate, training.steps);
    let Some(start) = start.cell(cell) else {
        let detail = format!(
            "a search would start at {samples} samples, two bits a parameter, and this source has no such dataset: state /dataset/samples"
        );
        return (vec![Fault::new("/dataset", detail)], Vec::new(), cell.cost());
    };
    let cost = start.cost();
    let faults = limits.map(|limits| admission::faults(&cost, &common.budget, limits));
    let at = |fault: Fault| Fault {
        detail: format!("{} (at the {samples} samples at which the search starts)", fault.detail),
        ..fault
    };
    let at = |excess: Excess| excess.at(at);
    (Vec::new(), faults.into_iter().flatten().map(at).collect(), cost)
}

/// Adds faults whose places are not at fault already.
fn add_uncovered(faults: &mut Vec<Fault>, more: Vec<Fault>) {
    let known = faults.len();
    for fault in more {
        let is_covered = faults[..known]
            .iter()
            .any(|f| is_within(&fault.pointer, &f.pointer) || is_within(&f.pointer, &fault.pointer));
        if !is_covered {
            faults.push(fault);
        }
    }
}

/// `training.optimizer.beta1`, `network.hidden[0]` -> JSON pointer. Field names
/// hold neither dots nor brackets.
fn pointer(path: &str) -> String {
    let segments = path.split(['.', '[']).map(|segment| segment.trim_end_matches(']'));
    segments.filter(|segment| !segment.is_empty()).map(|segment| format!("/{segment}")).collect()
}
