//! Who evaluates jobs: one computation at a time for each job, on a bounded pool, given up
//! when nobody waits for it any more, and kept while it is in use. Knows the store and what
//! an evaluation is; neither HTTP nor what is shown of it.

mod cache;
mod evaluated;
mod rows;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::{Semaphore, watch};

use crate::evaluation::{ANALYSIS_VERSION, Evaluation};
use crate::job::JobId;
use crate::outcome::TrialOutcome;
use crate::store::Store;
use cache::{Cache, Underway};
pub use evaluated::{Evaluated, EvaluationError};
use evaluated::{Outcome, Version};

/// Evaluations at the same time: the other cores are for training and for answers.
const AT_ONCE: usize = 2;

/// Evaluates the jobs of a store. Clones share what is kept.
#[derive(Debug, Clone)]
pub struct Evaluator {
    store: Store,
    cache: Arc<Mutex<Cache>>,
    pool: Arc<Semaphore>,
}

/// What to do for one who asks.
enum Turn {
    Known(Arc<Evaluated>),
    /// Somebody computes it: wait with a token that says so.
    Wait(watch::Receiver<Option<Outcome>>, Arc<()>),
    /// Something else is computed of this job: wait until that is over, then look again.
    Later(watch::Receiver<Option<Outcome>>),
}

impl Evaluator {
    /// Version of what it computes: rows of an earlier one are made again.
    pub const VERSION: u32 = ANALYSIS_VERSION;

    /// An evaluator of the jobs in this store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, cache: Arc::default(), pool: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The evaluation of a job as far as it has come.
    ///
    /// # Errors
    /// When there is no such job, or it cannot be read.
    pub async fn of(&self, job: JobId) -> Outcome {
        loop {
            let row = self.store.job(job).await?.ok_or(EvaluationError::NotFound)?;
            match self.turn(job, Version::of(&row)) {
                Turn::Known(evaluated) => return Ok(evaluated),
                Turn::Wait(mut outcome, token) => {
                    let told = outcome.wait_for(Option::is_some).await;
                    let told = told.map_err(|_| EvaluationError::Panicked)?.clone();
                    drop(token);
                    return told.unwrap_or(Err(EvaluationError::Panicked));
                }
                Turn::Later(mut outcome) => {
                    let _ = outcome.wait_for(Option::is_some).await;
                }
            }
        }
    }

    /// The evaluation of a job as far as it has come, if it is at hand.
    ///
    /// # Errors
    /// When there is no such job, or the database cannot be read.
    pub async fn known(&self, job: JobId) -> Result<Option<Arc<Evaluated>>, EvaluationError> {
        let row = self.store.job(job).await?.ok_or(EvaluationError::NotFound)?;
        Ok(self.lock().get(job, Version::of(&row)))
    }

    /// Forgets what is kept of a job that was deleted.
    pub fn forget(&self, job: JobId) {
        self.lock().forget(job);
    }

    /// Evaluates an ended job and stores what follows from it as rows.
    ///
    /// # Errors
    /// When there is no such job, or it can be neither read nor written.
    pub async fn store_rows_of(&self, job: JobId) -> Result<(), EvaluationError> {
        let row = self.store.job(job).await?.ok_or(EvaluationError::NotFound)?;
        let evaluated = self.of(job).await?;
        let finished_ms = row.finished_ms;
        let rows = tokio::task::spawn_blocking(move || rows::rows(&evaluated, finished_ms)).await;
        self.store.store_evaluation(job, rows.map_err(|_| EvaluationError::Panicked)?).await?;
        Ok(())
    }

    fn turn(&self, job: JobId, version: Version) -> Turn {
        let mut cache = self.lock();
        if let Some(known) = cache.get(job, version) {
            return Turn::Known(known);
        }
        if let Some(underway) = cache.underway(job) {
            return match underway.wanted.upgrade() {
                Some(token) if underway.version == version => Turn::Wait(underway.outcome.clone(), token),
                _ => Turn::Later(underway.outcome.clone()),
            };
        }
        let token = Arc::new(());
        let (tell, outcome) = watch::channel(None);
        let wanted = Arc::downgrade(&token);
        cache.begin(job, Underway { version, wanted: wanted.clone(), outcome: outcome.clone() });
        let own = self.clone();
        tokio::spawn(async move {
            let computed = own.compute(job, wanted).await;
            own.lock().end(job, version, computed.as_ref().ok());
            let _ = tell.send(Some(computed)); // whoever waited may have left
        });
        Turn::Wait(outcome, token)
    }

    async fn compute(&self, job: JobId, wanted: Weak<()>) -> Outcome {
        let permit = Arc::clone(&self.pool).acquire_owned().await.map_err(|_| EvaluationError::GivenUp)?;
        if wanted.strong_count() == 0 {
            return Err(EvaluationError::GivenUp);
        }
        let spec = self.store.spec(job).await??;
        let rows = self.store.trials(job).await?;
        let compute = move || -> Outcome {
            let _permit = permit; // the pool is bounded by what computes, not by who waits
            let outcomes: Vec<TrialOutcome> =
                rows.iter().map(crate::store::TrialRow::outcome).collect::<Result<_, _>>()?;
            drop(rows);
            let is_wanted = || wanted.strong_count() > 0;
            let evaluated =
                catch_unwind(AssertUnwindSafe(|| Evaluation::while_wanted(spec, outcomes, &is_wanted)));
            let evaluated = evaluated.map_err(|_| EvaluationError::Panicked)?;
            evaluated.map(|evaluation| Arc::new(Evaluated::new(evaluation))).ok_or(EvaluationError::GivenUp)
        };
        tokio::task::spawn_blocking(compute).await.map_err(|_| EvaluationError::Panicked)?
    }

    /// The cache is whole after every statement under the lock, so a panic elsewhere cannot
    /// have broken it.
    fn lock(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
