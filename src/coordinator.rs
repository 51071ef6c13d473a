//! The coordinator: drives rounds of searches, headlines and lost leases by what *is* in the
//! store. It looks at start-up, after each hint and now and then; nothing hangs on one notice.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;

use crate::evaluator::Evaluator;
use crate::job::JobId;
use crate::search;
use crate::store::{Happened, Hint, NextRound, Store, StoreError, TrialRow};

/// Without a hint, the store is looked at this often.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Jobs whose headlines are asked for at once: the newest come first.
const BATCH: u32 = 16;

/// A task that coordinates until it is stopped.
#[derive(Debug)]
pub struct Coordinator {
    task: JoinHandle<()>,
}

impl Coordinator {
    /// Starts coordinating the jobs of a store, to be called inside the runtime.
    #[must_use]
    pub fn start(store: Store, evaluator: Evaluator) -> Self {
        let happened = store.subscribe();
        let looker = Looker { store, evaluator, given_up: BTreeSet::new() };
        Self { task: tokio::spawn(looker.run(happened)) }
    }

    /// Stops between two things to do.
    pub async fn stop(self) {
        self.task.abort();
        let _ = self.task.await; // it was aborted
    }
}

struct Looker {
    store: Store,
    evaluator: Evaluator,
    /// Ended jobs that this process cannot evaluate.
    given_up: BTreeSet<JobId>,
}

impl Looker {
    async fn run(mut self, mut happened: Receiver<Happened>) {
        loop {
            match self.look().await {
                Ok(()) => {}
                Err(StoreError::Closed) => return,
                Err(error) => tracing::warn!(%error, "the store could not be looked at; trying again"),
            }
            if tokio::time::timeout(LOOK_AGAIN, settled(&mut happened)).await == Ok(None) {
                return;
            }
        }
    }

    /// Does all there is to do.
    async fn look(&mut self) -> Result<(), StoreError> {
        self.store.requeue_expired().await?;
        loop {
            for job in self.store.jobs_between_rounds().await? {
                self.go_on(job).await?;
            }
            let limit = BATCH + u32::try_from(self.given_up.len()).unwrap_or(u32::MAX - BATCH);
            let without = self.store.jobs_without_headline(limit).await?;
            let Some(job) = without.into_iter().find(|job| !self.given_up.contains(job)) else {
                return Ok(());
            };
            // one at a time: searches wait behind one at most
            self.headline(job).await?;
        }
    }

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

    async fn headline(&mut self, job: JobId) -> Result<(), StoreError> {
        let evaluated = self.evaluator.of(job).await;
        let headline = evaluated.map(|evaluated| evaluated.analyses.headline());
        match headline.map(|headline| serde_json::to_string(&headline)) {
            Ok(Ok(headline)) => self.store.set_headline(job, headline).await,
            Ok(Err(error)) => {
                tracing::error!(%error, %job, "a headline could not be written as JSON");
                self.given_up.insert(job);
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, %job, "an ended job could not be evaluated");
                self.given_up.insert(job);
                Ok(())
            }
        }
    }
}

/// Returns once no trial of some job waits or runs any more, or hints were lost; `None` when
/// nothing more can happen.
async fn settled(happened: &mut Receiver<Happened>) -> Option<()> {
    loop {
        match happened.recv().await {
            Ok(Happened { hint: Hint::Settled, .. }) | Err(RecvError::Lagged(_)) => return Some(()),
            Ok(_) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}
