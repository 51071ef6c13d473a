//! Jobs: made, found, cancelled.

use std::sync::Arc;

use serde_json::json;

use super::origin::{Derived, Takes};
use super::specs::UnreadableSpec;
use super::writer::Transaction;
use super::{JobRow, NextRound, Store, StoreError};
use crate::job::{Event, JobId, JobState, Priority};
use crate::outcome::Digest;
use crate::search::{Opening, opening};
use crate::spec::ValidJobSpec;
use crate::spec::admission::{Machine, Plan};

/// Idempotency keys are kept this long.
const KEY_LIFE_MS: i64 = 24 * 60 * 60 * 1000;

/// A job to be stored.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Unique id of the job.
    pub id: JobId,
    /// A name for people.
    pub name: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The checked spec.
    pub spec_json: String,
    /// Digest of the spec, claims included.
    pub spec_digest: Digest,
    /// Number of its claims.
    pub claims: u32,
    /// What it will cost.
    pub plan_json: String,
    /// Trials, numbered from 0.
    pub trials: u32,
    /// Of a search what its trials are for.
    pub first_round: Option<NextRound>,
    /// The request's key, when it may be sent twice.
    pub idempotency: Option<Idempotency>,
    /// Of a job that is made from another one: from which, and what it takes over.
    pub derived: Option<Derived>,
    /// How urgent it is.
    pub priority: Priority,
    /// What a trial of it is expected to take, in seconds of one worker.
    pub trial_seconds: f64,
}

impl NewJob {
    /// A checked spec as a job of this moment, under a key if it may be sent twice.
    #[must_use]
    pub fn of(spec: &ValidJobSpec, now_ms: i64, key: Option<String>) -> Self {
        Self::opened(opening(spec), spec, now_ms, key)
    }

    /// The same, with a plan for those who would run it.
    #[must_use]
    pub fn on(machine: &Machine, spec: &ValidJobSpec, now_ms: i64, key: Option<String>) -> Self {
        let opening = opening(spec);
        let opening = Opening { plan: opening.plan.on(machine), ..opening };
        Self::opened(opening, spec, now_ms, key)
    }

    fn opened(opening: Opening, spec: &ValidJobSpec, now_ms: i64, key: Option<String>) -> Self {
        let spec_json = spec.document().to_string();
        // the document, not its spelling: spaces and the order of fields say nothing
        let spec_digest = Digest::of(spec_json.as_bytes());
        let body_digest = spec_digest.to_string();
        #[expect(clippy::cast_precision_loss, reason = "trials are limited")]
        let trial_seconds = opening.plan.estimated_seconds / opening.plan.trials.max(1) as f64;
        Self {
            id: JobId::at(u64::try_from(now_ms).unwrap_or_default()),
            name: spec.common().name.clone(),
            tags: spec.common().tags.clone(),
            plan_json: serde_json::to_string(&opening.plan).expect("a plan is plain numbers"),
            trials: u32::try_from(opening.plan.trials).expect("trials are limited"),
            first_round: opening.round.map(NextRound::of),
            idempotency: key.map(|key| Idempotency { key, body_digest }),
            claims: u32::try_from(spec.claims().len()).expect("claims are limited"),
            derived: None,
            priority: Priority::default(),
            trial_seconds,
            spec_json,
            spec_digest,
        }
    }
}

impl NewJob {
    /// The same job, made from another one.
    #[must_use]
    pub fn made_from(mut self, derived: Derived) -> Self {
        if let Takes::TrialsAgain { numbers, .. } = &derived.takes {
            // its trials are given: no round is planned
            self.first_round = None;
            self.trials = u32::try_from(numbers.len()).expect("trials are limited");
            self.plan_json = plan_of_some(&self.plan_json, self.trials);
        }
        if let Some(idempotency) = &mut self.idempotency {
            let body = format!("{} {derived:?}", idempotency.body_digest);
            idempotency.body_digest = Digest::of(body.as_bytes()).to_string();
        }
        self.derived = Some(derived);
        self
    }
}

/// A plan of so many of its trials.
fn plan_of_some(plan_json: &str, trials: u32) -> String {
    let mut plan: Plan = serde_json::from_str(plan_json).expect("a plan that was just written");
    #[expect(clippy::cast_precision_loss, reason = "trials are limited")]
    let share = f64::from(trials) / plan.trials.max(1) as f64;
    plan.trials = u64::from(trials);
    plan.times(share);
    serde_json::to_string(&plan).expect("a plan is plain numbers")
}

/// A key under which a request may be sent twice, with what was sent.
#[derive(Debug, Clone)]
pub struct Idempotency {
    /// The key.
    pub key: String,
    /// Digest of the body.
    pub body_digest: String,
}

/// What became of a new job.
#[derive(Debug, Clone)]
pub enum Created {
    /// It was stored.
    New(JobRow),
    /// The same request had made this job before.
    Replayed(JobRow),
}

impl Transaction<'_> {
    pub(super) async fn job(&mut self, id: JobId) -> Result<JobRow, StoreError> {
        let row =
            sqlx::query_as("select * from jobs where id = ? and deleted_ms is null").bind(id.to_string());
        row.fetch_optional(&mut *self.connection).await?.ok_or(StoreError::NotFound)
    }

    pub(super) async fn create_job(&mut self, new: NewJob) -> Result<Created, StoreError> {
        if let Some(idempotency) = &new.idempotency {
            self.keep_running_time().await?;
            sqlx::query("delete from idempotency_keys where kept_since_ms < ?")
                .bind(self.running_ms - KEY_LIFE_MS)
                .execute(&mut *self.connection)
                .await?;
            let known: Option<(String, String)> =
                sqlx::query_as("select body_digest, job from idempotency_keys where key = ?")
                    .bind(&idempotency.key)
                    .fetch_optional(&mut *self.connection)
                    .await?;
            if let Some((digest, job)) = known {
                if digest != idempotency.body_digest {
                    return Err(StoreError::IdempotencyConflict);
                }
                let id = job.parse().map_err(|_| StoreError::Internal("job id of a key".into()))?;
                return Ok(Created::Replayed(self.job(id).await?));
            }
        }
        let newest: Option<String> =
            sqlx::query_scalar("select max(id) from jobs").fetch_one(&mut *self.connection).await?;
        let newest = newest.and_then(|id| id.parse().ok());
        let id = newest.map_or(new.id, |newest| new.id.behind(newest));
        let new = NewJob { id, ..new };
        self.insert_job(&new).await?;
        let accepted = Event::Accepted { state: JobState::Queued, trials: new.trials };
        self.record(new.id, &accepted).await?;
        if let Some(round) = &new.first_round {
            self.record(new.id, &round.event()).await?;
        }
        Ok(Created::New(self.job(new.id).await?))
    }

    async fn insert_job(&mut self, new: &NewJob) -> Result<(), StoreError> {
        let id = new.id.to_string();
        sqlx::query(
            "insert into jobs (id, name, tags, state, spec, plan, trials, queued, running, succeeded, diverged,
                               failed, cancelled, created_ms, searching, spec_digest, claims, origin, relation,
                               priority, trial_seconds, accepted_event)
             values (?1, ?2, ?3, 'queued', ?4, ?5, ?6, ?6, 0, 0, 0, 0, 0, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,
                     (select last from event_numbers))",
        )
        .bind(&id)
        .bind(&new.name)
        .bind(json!(new.tags).to_string())
        .bind(&new.spec_json)
        .bind(&new.plan_json)
        .bind(new.trials)
        .bind(self.now_ms)
        .bind(new.first_round.is_some())
        .bind(new.spec_digest.as_str())
        .bind(new.claims)
        .bind(new.derived.as_ref().map(|derived| derived.origin.to_string()))
        .bind(new.derived.as_ref().map(|derived| derived.relation().as_str()))
        .bind(new.priority.rank())
        .bind(new.trial_seconds.clamp(1e-4, 1e9))
        .execute(&mut *self.connection)
        .await?;
        self.tag_job(new.id).await?;
        self.insert_trials(new).await?;
        if let Some(idempotency) = &new.idempotency {
            sqlx::query(
                "insert into idempotency_keys (key, body_digest, job, created_ms, kept_since_ms) values (?, ?, ?, ?, ?)",
            )
            .bind(&idempotency.key)
            .bind(&idempotency.body_digest)
            .bind(&id)
            .bind(self.now_ms)
            .bind(self.running_ms)
            .execute(&mut *self.connection)
            .await?;
        }
        Ok(())
    }

    async fn insert_trials(&mut self, new: &NewJob) -> Result<(), StoreError> {
        if let Some(round) = &new.first_round {
            self.insert_probes(new.id, 0, &round.probes).await?;
        } else if let Some(again) = new.derived.as_ref().and_then(Derived::again) {
            self.insert_again(new.id, again).await?;
        } else {
            sqlx::query(
                "with recursive numbers (number) as (
                     values (0) union all select number + 1 from numbers where number + 1 < ?2
                 )
                 insert into trials (job, number, state, epoch, attempt)
                 select ?1, number, 'queued', 0, 0 from numbers",
            )
            .bind(new.id.to_string())
            .bind(new.trials)
            .execute(&mut *self.connection)
            .await?;
        }
        if let Some(origin) = new.derived.as_ref().and_then(Derived::taken_over_from) {
            self.take_over(new.id, origin).await?;
        }
        Ok(())
    }

    pub(super) async fn cancel_job(&mut self, id: JobId) -> Result<JobRow, StoreError> {
        let job = self.job(id).await?;
        if job.state.is_terminal() {
            return Ok(job);
        }
        sqlx::query(
            "update trials set state = 'cancelled', lease_until_ms = null
             where job = ? and state in ('queued', 'running')",
        )
        .bind(id.to_string())
        .execute(&mut *self.connection)
        .await?;
        sqlx::query(
            "update jobs set state = 'cancelled', cancelled = cancelled + queued + running, queued = 0, running = 0,
                             finished_ms = max(?2, coalesce(started_ms, created_ms)) where id = ?1",
        )
        .bind(id.to_string())
        .bind(self.now_ms)
        .execute(&mut *self.connection)
        .await?;
        self.forget_checkpoints(id).await?;
        self.record(id, &Event::Cancelled {}).await?;
        self.record(id, &Event::end(JobState::Cancelled)).await?;
        self.job(id).await
    }
}

impl Store {
    /// Stores a job with all its trials; durable when it returns.
    ///
    /// # Errors
    /// [`StoreError::IdempotencyConflict`], or when nothing can be written.
    pub async fn create_job(&self, new: NewJob) -> Result<Created, StoreError> {
        self.writer.run(move |transaction| Box::pin(transaction.create_job(new))).await
    }

    /// A job, if there is one of that name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn job(&self, id: JobId) -> Result<Option<JobRow>, StoreError> {
        let row =
            sqlx::query_as("select * from jobs where id = ? and deleted_ms is null").bind(id.to_string());
        Ok(row.fetch_optional(&self.readers).await?)
    }

    /// The checked spec of a job. Whoever asks first reads it, off the threads that serve.
    ///
    /// # Errors
    /// When the database cannot be read; inside when this version does not read the spec.
    pub async fn spec(&self, job: JobId) -> Result<Result<Arc<ValidJobSpec>, UnreadableSpec>, StoreError> {
        let place = self.specs.place(job);
        let read = async || {
            let Some(row) = self.job(job).await? else { return Ok(Err(UnreadableSpec::Deleted)) };
            if row.spec_digest.as_ref().is_some_and(|digest| Digest::of(row.spec_json.as_bytes()) != *digest)
            {
                return Err(self.damaged(format!("the spec of job {job} has another digest than its own")));
            }
            let read = tokio::task::spawn_blocking(move || ValidJobSpec::from_stored(&row.spec_json)).await;
            let read = read.map_err(|error| StoreError::Internal(format!("reading a spec: {error}")))?;
            Ok(read.map(Arc::new).map_err(|rejection| UnreadableSpec::of(&rejection)))
        };
        place.get_or_try_init(read).await.cloned()
    }

    /// Cancels a job; its trials end at once in the store, and running ones are
    /// told. A job that has ended stays as it is.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or when nothing can be written.
    pub async fn cancel_job(&self, id: JobId) -> Result<JobRow, StoreError> {
        self.writer.run(move |transaction| Box::pin(transaction.cancel_job(id))).await
    }
}
