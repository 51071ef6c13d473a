//! Search: instead of a grid, a plan that grows round by round from what was measured.
//!
//! A plan is a pure function of the job and of the trials that ended: replayed from the
//! start it asks for what it does not know yet. Knows nothing of who runs trials.

mod found;
mod known;
mod lossless;
mod peak;
mod rate;
mod replay;
mod report;
mod size;
#[cfg(test)]
mod tests;
mod window;

use crate::outcome::TrialOutcome;
use crate::spec::ValidJobSpec;
use crate::spec::admission::{self, Plan};
use crate::spec::search::{Probe, Search, Setting};
pub use found::{Again, Found, Peak, Threshold};
pub use known::{Draw, Known, known, size, start, work};
use replay::{Pending, Replay};

fn run(search: &Search, replay: &mut Replay) -> Result<Found, Pending> {
    match search {
        Search::Capacity(_) => replay.peak().map(Found::Peak),
        Search::Lossless(_) => replay.threshold().map(Found::Threshold),
    }
}

/// What to train next, and why.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Round {
    /// Trainings; none when the search is over.
    pub probes: Vec<Probe>,
    /// What each cell does next, or how it ended.
    pub reasons: Vec<String>,
}

/// The next round of all cells.
#[must_use]
pub fn next(job: &ValidJobSpec, trials: &[TrialOutcome]) -> Round {
    let mut round = Round::default();
    let Some(search) = job.search() else { return round };
    for cell in 0..job.cell_count() {
        let known = known(trials, cell);
        let mut replay = Replay::new(job, search.effort(), cell, &known);
        let ended = run(search, &mut replay).is_ok();
        let reason = if ended { "done".to_owned() } else { replay.reason() };
        round.reasons.push(reason);
        round.probes.append(&mut replay.wanted());
    }
    round
}

/// What a cell's search has come to, once it is over; `None` where the work limit ended it
/// before anything was reported.
#[must_use]
pub fn found(job: &ValidJobSpec, cell: usize, known: &Known) -> Option<Found> {
    let search = job.search()?;
    let replayed = |compares_far: bool| {
        let mut replay = Replay::new(job, search.effort(), cell, known);
        replay.compares_far = compares_far;
        run(search, &mut replay).ok().or(replay.found)
    };
    // a search of an earlier version ended without looking at learning rates far away
    replayed(true).or_else(|| replayed(false))
}

/// What a job begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// What the job costs; a search at most.
    pub plan: Plan,
    /// The first round of a search.
    pub round: Option<Round>,
}

/// What a job begins with and what it costs: a search its work limit, at the starting size.
#[must_use]
pub fn opening(job: &ValidJobSpec) -> Opening {
    let Some(search) = job.search() else {
        return Opening { plan: job.plan_of_cells().clone(), round: None };
    };
    let at_start = (0..job.cell_count()).map(|cell| {
        let spec = job.cell(cell);
        let (learning_rate, steps) = (spec.training.learning_rate, spec.training.steps);
        Setting::new(start(job, cell), learning_rate, steps).cell(&spec).unwrap_or(spec)
    });
    let seeds = job.common().seeds;
    let mut plan = admission::plan(at_start, seeds);
    let round = next(job, &[]);
    let times = search.effort().work / f64::from(seeds);
    plan.trials = round.probes.len() as u64;
    plan.times(times);
    Opening { plan, round: Some(round) }
}
