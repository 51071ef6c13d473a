//! The runner: a claimed trial becomes a trial of the science layer, its report
//! a completion of the store.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use crate::engine::{Control, Finished, Runner};
use crate::job::analysis::analyze;
use crate::job::digest::sha256;
use crate::job::{JobId, TrialState, ValidJobSpec, search};
use crate::science::training;
use crate::science::trial::{self, TrialReport, TrialSpec, Unfinished};
use crate::store::{ClaimedTrial, Completion, NextRound, Store, StoreError};

/// Jobs whose parsed specs are kept: a sweep is read once, not once a trial.
const KEPT_SPECS: usize = 16;

/// Runs trials of the jobs in a store.
pub struct TrialRunner {
    store: Store,
    runtime: Handle,
    specs: Mutex<VecDeque<(JobId, Arc<ValidJobSpec>)>>,
    training: Mutex<Stopwatch>,
}

/// Measures how long at least one trial was training.
#[derive(Debug, Default)]
struct Stopwatch {
    running: usize,
    since: Option<Instant>,
    total: Duration,
}

impl Stopwatch {
    fn start(&mut self) {
        self.running += 1;
        self.since.get_or_insert_with(Instant::now);
    }

    fn stop(&mut self) {
        self.running -= 1;
        if self.running == 0
            && let Some(since) = self.since.take()
        {
            self.total += since.elapsed();
        }
    }
}

impl TrialRunner {
    /// A runner on this store, to be made inside the runtime.
    #[must_use]
    pub fn new(store: Store) -> Self {
        let specs = Mutex::new(VecDeque::with_capacity(KEPT_SPECS));
        Self { store, runtime: Handle::current(), specs, training: Mutex::default() }
    }

    /// How long at least one trial was training; drawing the data and measuring are
    /// not in it.
    #[must_use]
    pub fn training_time(&self) -> Duration {
        self.stopwatch().total
    }

    fn stopwatch(&self) -> MutexGuard<'_, Stopwatch> {
        self.training.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spec(&self, job: JobId) -> Result<Arc<ValidJobSpec>, String> {
        let known = |specs: &VecDeque<(JobId, Arc<ValidJobSpec>)>| {
            specs.iter().find(|(id, _)| *id == job).map(|(_, spec)| Arc::clone(spec))
        };
        // held while reading, so that workers that start together read a spec once
        let mut specs = self.specs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(spec) = known(&specs) {
            return Ok(spec);
        }
        let row = self.runtime.block_on(self.store.job(job)).map_err(|error| error.to_string())?;
        let row = row.ok_or("the job was deleted")?;
        let spec = ValidJobSpec::from_stored(&row.spec_json).map_err(|rejection| {
            format!("this version does not read the stored spec: {:?}", rejection.faults())
        })?;
        let spec = Arc::new(spec);
        if specs.len() == KEPT_SPECS {
            specs.pop_front();
        }
        specs.push_back((job, Arc::clone(&spec)));
        Ok(spec)
    }

    fn analysis(&self, job: JobId) -> Result<Option<String>, StoreError> {
        let rows = self.runtime.block_on(self.store.trials(job))?;
        let Ok(spec) = self.spec(job) else { return Ok(None) };
        let outcomes = rows.iter().map(crate::store::TrialRow::outcome).collect::<Result<Vec<_>, _>>()?;
        let headline = analyze(&spec, &outcomes).headline();
        Ok(serde_json::to_string(&headline).ok())
    }
}

impl Runner for TrialRunner {
    fn run(&self, claimed: &ClaimedTrial, control: &mut dyn Control) -> Finished {
        let start = Instant::now();
        let spec = match self.spec(claimed.lease.job) {
            Ok(spec) => spec,
            Err(detail) => return Finished::Completed(Completion::Failed { detail }),
        };
        control.limit(spec.frame().budget.trial_seconds);
        let Some(trial) = trial_of(&spec, claimed) else {
            let detail = "this version does not read what a search wanted".to_owned();
            return Finished::Completed(Completion::Failed { detail });
        };
        let outcome = trial::run(&trial, &mut Between { control, runner: self });
        let report = match outcome {
            Ok(report) => report,
            Err(Unfinished::Interrupted(_)) => return Finished::Stopped,
            Err(Unfinished::Impossible(violation)) => {
                tracing::error!(job = %claimed.lease.job, trial = claimed.lease.number, "{violation}");
                return Finished::Completed(Completion::Failed { detail: violation.to_string() });
            }
        };
        let state = match report {
            TrialReport::Succeeded(_) => TrialState::Succeeded,
            TrialReport::Diverged(_) => TrialState::Diverged,
        };
        let report_json = match serde_json::to_string(&report) {
            Ok(json) => json,
            Err(error) => return Finished::Completed(Completion::Failed { detail: error.to_string() }),
        };
        // reports that cannot be repeated must not be compared
        let digest = if report.is_reproducible() {
            sha256(report_json.as_bytes())
        } else {
            "not reproducible".to_owned()
        };
        let seconds = start.elapsed().as_secs_f64();
        Finished::Completed(Completion::Reported { state, report_json, digest, seconds })
    }

    fn next_round(&self, job: JobId) -> Option<(Option<i64>, NextRound)> {
        let spec = self.spec(job).ok()?;
        let rows = self.runtime.block_on(self.store.trials(job)).ok()?;
        let outcomes =
            rows.iter().map(crate::store::TrialRow::outcome).collect::<Result<Vec<_>, _>>().ok()?;
        let round = search::next(&spec, &outcomes);
        Some((i64::try_from(rows.len()).ok(), NextRound::of(&round)))
    }

    fn headline(&self, job: JobId) -> Option<String> {
        match self.analysis(job) {
            Ok(headline) => headline,
            Err(error) => {
                tracing::warn!(%error, %job, "a finished job could not be analyzed");
                None
            }
        }
    }
}

/// What a claimed trial trains.
fn trial_of(spec: &ValidJobSpec, claimed: &ClaimedTrial) -> Option<TrialSpec> {
    match &claimed.point_json {
        Some(json) => spec.trial_at(&serde_json::from_str(json).ok()?),
        None => Some(spec.trial(claimed.lease.number)),
    }
}

/// The engine's control as training sees it.
struct Between<'a> {
    control: &'a mut dyn Control,
    runner: &'a TrialRunner,
}

impl training::Control for Between<'_> {
    fn step(&mut self, done: u64, of: u64, save: &dyn Fn() -> Option<Vec<u8>>) -> ControlFlow<()> {
        self.control.step(done, of, save)
    }

    fn resume(&mut self) -> Option<Vec<u8>> {
        self.control.resume()
    }

    fn began(&mut self) {
        self.runner.stopwatch().start();
    }

    fn ended(&mut self) {
        self.runner.stopwatch().stop();
    }

    fn resumed(&mut self, outcome: Result<u64, training::Unusable>) {
        match outcome {
            Ok(steps) => tracing::info!(steps, "a trial goes on from its checkpoint"),
            Err(error) => tracing::warn!(%error, "a trial starts anew"),
        }
    }
}
