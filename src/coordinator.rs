//! The coordinator: drives rounds of searches, stored results, lost leases, certificates and the
//! removal of deleted jobs by what *is* in the store. It looks at start-up, after each hint and now and then;
//! nothing hangs on one notice.

mod diary;
mod look;
mod trouble;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;

use crate::certification;
use crate::evaluator::{EvaluationError, Evaluator};
use crate::job::JobId;
use crate::search;
use crate::store::{Happened, Hint, NextRound, Store, StoreError, TrialRow};
use diary::Diary;
use look::Look;
use trouble::{OfTask, Trouble};

/// Without a hint, the store is looked at this often.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// All that is stored is looked through this often, and at the start.
const LOOK_THROUGH: Duration = Duration::from_hours(24);

/// Jobs without stored results that are asked for at once: the newest come first.
const BATCH: u32 = 16;

/// Tasks that coordinate until they are stopped.
#[derive(Debug)]
pub struct Coordinator {
    tasks: [JoinHandle<()>; 6],
}

impl Coordinator {
    /// Starts coordinating the jobs of a store, to be called inside the runtime. What is stored after the
    /// event of this number is told in the log.
    #[must_use]
    pub fn start(store: Store, evaluator: Evaluator, after: i64) -> Self {
        let trouble = Trouble::default();
        let hints = || (store.subscribe(), trouble.of_task());
        let rounds = Rounds { store: store.clone() };
        // searches do not wait for evaluations
        let calibrations = Calibrations { store: store.clone(), evaluator: evaluator.clone() };
        let evaluations = Evaluations { store: store.clone(), evaluator, given_up: BTreeSet::new() };
        let seals = Seals { store: store.clone(), looked: None };
        let tasks = [
            tokio::spawn(look_again_and_again(hints(), rounds)),
            tokio::spawn(look_again_and_again(hints(), evaluations)),
            tokio::spawn(look_again_and_again(hints(), calibrations)),
            tokio::spawn(look_again_and_again(hints(), seals)),
            tokio::spawn(look_again_and_again(hints(), Sweeper { store: store.clone() })),
            tokio::spawn(look_again_and_again(hints(), Diary { store: store.clone(), after })),
        ];
        Self { tasks }
    }

    /// Stops between two things to do.
    pub async fn stop(self) {
        for task in &self.tasks {
            task.abort();
        }
        for task in self.tasks {
            let _ = task.await; // it was aborted
        }
    }
}

async fn look_again_and_again(
    (mut happened, mut trouble): (Receiver<Happened>, OfTask),
    mut looker: impl Look,
) {
    loop {
        match looker.look().await {
            Ok(()) => trouble.ends(),
            Err(StoreError::Closed) => return,
            Err(error) => trouble.begins(&error),
        }
        if tokio::time::timeout(LOOK_AGAIN, settled(&mut happened)).await == Ok(None) {
            return;
        }
    }
}

/// Gives back lost leases and leads searches on.
struct Rounds {
    store: Store,
}

impl Look for Rounds {
    async fn look(&mut self) -> Result<(), StoreError> {
        self.store.requeue_expired().await?;
        for job in self.store.jobs_between_rounds().await? {
            match self.go_on(job).await {
                Err(StoreError::Closed) => return Err(StoreError::Closed),
                // other searches do not wait for it
                Err(error) => tracing::warn!(%error, %job, "a search could not go on; trying again"),
                Ok(()) => {}
            }
        }
        Ok(())
    }
}

impl Rounds {
    /// Gives a search its next round, and where that is none its end.
    async fn go_on(&self, job: JobId) -> Result<(), StoreError> {
        let rows = self.store.trials(job).await?;
        let spec = self.store.spec(job).await?;
        let known = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let round = match spec {
            Ok(spec) => {
                let plan = move || -> Result<NextRound, StoreError> {
                    let outcomes = rows.iter().map(TrialRow::outcome).collect::<Result<Vec<_>, _>>()?;
                    Ok(NextRound::of(search::next(&spec, &outcomes)))
                };
                let planned = tokio::task::spawn_blocking(|| catch_unwind(AssertUnwindSafe(plan))).await;
                planned.ok().and_then(Result::ok).and_then(Result::ok)
            }
            Err(error) => {
                tracing::error!(%error, %job, "a search cannot go on");
                None
            }
        };
        let round = round.unwrap_or_else(|| {
            tracing::error!(%job, "a search could not be planned");
            NextRound::broken()
        });
        self.store.add_round(job, known, round).await?;
        Ok(())
    }
}

/// Evaluates ended jobs and stores their results, one after the other; also those that an earlier
/// version of the analysis evaluated.
struct Evaluations {
    store: Store,
    evaluator: Evaluator,
    /// Jobs that this process cannot evaluate.
    given_up: BTreeSet<JobId>,
}

impl Look for Evaluations {
    async fn look(&mut self) -> Result<(), StoreError> {
        loop {
            let limit = BATCH + u32::try_from(self.given_up.len()).unwrap_or(u32::MAX - BATCH);
            let without = self.store.jobs_to_evaluate(Evaluator::VERSION, limit).await?;
            let Some(job) = without.into_iter().find(|job| !self.given_up.contains(job)) else {
                return Ok(());
            };
            self.evaluate(job).await?;
        }
    }
}

impl Evaluations {
    async fn evaluate(&mut self, job: JobId) -> Result<(), StoreError> {
        match self.evaluator.store_rows_of(job).await {
            Err(EvaluationError::Store(error)) if error.is_passing() => {
                tracing::warn!(%error, %job, "an ended job could not be read; trying again");
                return Err(StoreError::Busy);
            }
            // nobody needs the results of a job that is gone
            Ok(()) | Err(EvaluationError::GivenUp | EvaluationError::NotFound) => {}
            Err(error) => self.give_up(job, &error),
        }
        Ok(())
    }

    fn give_up(&mut self, job: JobId, error: &dyn std::error::Error) {
        tracing::error!(%error, %job, "an ended job could not be evaluated");
        self.given_up.insert(job);
    }
}

/// Ends the calibration that runs, once it can.
struct Calibrations {
    store: Store,
    evaluator: Evaluator,
}

impl Look for Calibrations {
    async fn look(&mut self) -> Result<(), StoreError> {
        certification::conclude(&self.store, &self.evaluator).await
    }
}

/// Removes what was deleted, slice by slice: other writes come in between.
struct Sweeper {
    store: Store,
}

/// Seals what has ended, and looks now and then whether all is as it was sealed.
struct Seals {
    store: Store,
    looked: Option<Instant>,
}

impl Look for Seals {
    async fn look(&mut self) -> Result<(), StoreError> {
        if self.looked.is_none_or(|at| at.elapsed() > LOOK_THROUGH) {
            if let Some(job) = self.store.broken_seal().await? {
                self.store.damaged(format!("job {job} is not as it was stored"));
            }
            self.looked = Some(Instant::now());
        }
        while self.store.seal_some(Evaluator::VERSION, BATCH).await? {}
        Ok(())
    }
}

impl Look for Sweeper {
    async fn look(&mut self) -> Result<(), StoreError> {
        while self.store.sweep_deleted().await? {}
        Ok(())
    }
}

/// Returns once no trial of some job waits or runs any more, or hints were lost; `None` when
/// nothing more can happen.
async fn settled(happened: &mut Receiver<Happened>) -> Option<()> {
    loop {
        match happened.recv().await {
            Ok(Happened { hint: Hint::Settled | Hint::Deleted, .. }) | Err(RecvError::Lagged(_)) => {
                return Some(());
            }
            Ok(_) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}
