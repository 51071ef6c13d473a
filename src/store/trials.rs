//! Trials: completed once under their leases, given back.

use super::tally::Counted;
use super::writer::Transaction;
use super::{JobRow, Store, StoreError};
use crate::job::{Event, JobId, TrialState};
use crate::outcome::Digest;
use crate::work::{Completed, Completion, Lease, MOST_DEATHS, Renewal, given_up, wait_after};

/// Claims after which a trial that never ended is given up. One that ends its process is found out long
/// before (it runs in a process of its own after a few); a server that is killed again and again must not
/// lose a long trial. The number is for what nobody thought of.
const MOST_ATTEMPTS: i64 = 1000;

const EXPIRED: &str =
    "select job, number, epoch, attempt from trials where state = 'running' and lease_until_ms < ?";
const RUNNING: &str = "select job, number, epoch, attempt from trials where state = 'running' and worker is not coalesce(?, '')";

/// What is noted beside a result.
#[derive(Debug, Clone, Default)]
pub(super) struct By {
    /// Digest of what was run.
    pub(super) run: Option<Digest>,
    /// Who ran it, where that is not who claimed it.
    pub(super) worker: Option<String>,
}

impl Transaction<'_> {
    /// Gives trials whose lease ran out to others. Returns how many.
    pub(super) async fn requeue_expired(&mut self) -> Result<u64, StoreError> {
        let stale: Vec<(String, u32, i64, i64)> =
            sqlx::query_as(EXPIRED).bind(self.running_ms).fetch_all(&mut *self.connection).await?;
        self.requeue(&stale).await
    }

    /// Takes back what runs, except what was claimed under this name: that gets a lease from now on.
    async fn recover(
        &mut self,
        elsewhere: Option<&str>,
        lease_ms: i64,
    ) -> Result<(u64, Vec<Lease>), StoreError> {
        let kept: Vec<(String, u32, i64)> = sqlx::query_as(
            "update trials set lease_until_ms = ?2 where state = 'running' and worker = ?1 returning job, number, epoch",
        )
        .bind(elsewhere)
        .bind(self.running_ms + lease_ms)
        .fetch_all(&mut *self.connection)
        .await?;
        let lease = |(job, number, epoch): (String, u32, i64)| {
            let job = job.parse().map_err(|_| StoreError::Internal("job id of a trial".into()))?;
            Ok(Lease { job, number, epoch })
        };
        let kept = kept.into_iter().map(lease).collect::<Result<_, StoreError>>()?;
        let stale: Vec<(String, u32, i64, i64)> =
            sqlx::query_as(RUNNING).bind(elsewhere).fetch_all(&mut *self.connection).await?;
        Ok((self.requeue(&stale).await?, kept))
    }

    /// Takes running trials back: into the queue, or given up after too many
    /// claims. Returns how many.
    async fn requeue(&mut self, stale: &[(String, u32, i64, i64)]) -> Result<u64, StoreError> {
        for (job, number, epoch, attempt) in stale {
            let job: JobId = job.parse().map_err(|_| StoreError::Internal("job id of a trial".into()))?;
            let lease = Lease { job, number: *number, epoch: *epoch };
            self.counted.push(Counted::LeaseLost);
            if *attempt >= MOST_ATTEMPTS {
                let detail = format!("given up: {attempt} workers ended while running it");
                self.complete(lease, Completion::Failed { detail }, By::default()).await?;
            } else {
                self.put_back(lease, false).await?;
            }
        }
        Ok(stale.len() as u64)
    }

    /// A running trial goes back into the queue; `refund` forgets the claim.
    pub(super) async fn put_back(&mut self, lease: Lease, refund: bool) -> Result<(), StoreError> {
        let changed = sqlx::query(
            "update trials set state = 'queued', worker = null, lease_until_ms = null, attempt = attempt - ?4
             where job = ?1 and number = ?2 and epoch = ?3 and state = 'running'",
        )
        .bind(lease.job.to_string())
        .bind(lease.number)
        .bind(lease.epoch)
        .bind(i64::from(refund))
        .execute(&mut *self.connection)
        .await?;
        if changed.rows_affected() == 1 {
            sqlx::query("update jobs set queued = queued + 1, running = running - 1 where id = ?")
                .bind(lease.job.to_string())
                .execute(&mut *self.connection)
                .await?;
        }
        Ok(())
    }

    /// A process ended by a trial alone: it waits before it is tried again, or is given up, for the
    /// reason that is returned.
    async fn died(&mut self, lease: Lease, detail: &str) -> Result<Option<String>, StoreError> {
        let deaths: Option<u32> = sqlx::query_scalar(
            "update trials set deaths = deaths + 1
             where job = ? and number = ? and epoch = ? and state = 'running' returning deaths",
        )
        .bind(lease.job.to_string())
        .bind(lease.number)
        .bind(lease.epoch)
        .fetch_optional(&mut *self.connection)
        .await?;
        let Some(deaths) = deaths.filter(|deaths| *deaths < MOST_DEATHS) else {
            return Ok(Some(given_up(deaths.unwrap_or_default(), detail)));
        };
        self.counted.push(Counted::LeaseLost);
        let wait = i64::try_from(wait_after(deaths).as_millis()).unwrap_or(i64::MAX);
        sqlx::query("update trials set not_before_ms = ?3 where job = ?1 and number = ?2")
            .bind(lease.job.to_string())
            .bind(lease.number)
            .bind(self.running_ms.saturating_add(wait))
            .execute(&mut *self.connection)
            .await?;
        self.put_back(lease, false).await?;
        Ok(None)
    }

    pub(super) async fn complete(
        &mut self,
        lease: Lease,
        completion: Completion,
        by: By,
    ) -> Result<Completed, StoreError> {
        let (state, report, digest, seconds, detail) = match completion {
            Completion::Reported { state, report, digest, seconds } => {
                (state, Some(report), digest, Some(seconds), None)
            }
            Completion::Failed { detail } => (TrialState::Failed, None, None, None, Some(detail)),
            Completion::Died { detail } => match self.died(lease, &detail).await? {
                Some(given_up) => (TrialState::Failed, None, None, None, Some(given_up)),
                None => return Ok(Completed::Stored),
            },
        };
        let changed: Option<(Option<String>, Option<String>)> = sqlx::query_as(
            "update trials set state = ?4, report = ?5, digest = ?6, seconds = ?7, detail = ?8, lease_until_ms = null,
                               worker = coalesce(?9, worker)
             where job = ?1 and number = ?2 and epoch = ?3 and state = 'running' returning expected_digest, worker",
        )
        .bind(lease.job.to_string())
        .bind(lease.number)
        .bind(lease.epoch)
        .bind(state.as_str())
        .bind(report)
        .bind(digest.as_ref().map(Digest::as_str))
        .bind(seconds)
        .bind(&detail)
        .bind(by.worker)
        .fetch_optional(&mut *self.connection)
        .await?;
        let Some((expected, worker)) = changed else { return self.refuse_completion(lease, digest).await };
        self.verify(lease, expected.map(Digest::from_text), digest).await?;
        self.forget_checkpoint(lease).await?;
        if let Some(run) = by.run {
            self.note_run(lease, &run).await?;
        }
        if let Some(seconds) = seconds {
            self.charge(&lease.job.to_string(), seconds).await?;
        }
        let job = self.count_completion(lease.job, state).await?;
        let counts = job.counts;
        let (done, of) = (counts.trials - counts.queued - counts.running, counts.trials);
        self.record(
            lease.job,
            &Event::Trial { trial: lease.number, state, worker, seconds, detail, done, of },
        )
        .await?;
        if job.state.is_terminal() {
            self.record(lease.job, &Event::end(job.state)).await?;
        }
        Ok(Completed::Stored)
    }

    /// Moves the job's counters, and the job to its end after its last trial.
    async fn count_completion(&mut self, job: JobId, state: TrialState) -> Result<JobRow, StoreError> {
        let is = |wanted: TrialState| i64::from(state == wanted);
        let row = sqlx::query_as(
            "update jobs set running = running - 1, succeeded = succeeded + ?2, diverged = diverged + ?3,
                             failed = failed + ?4,
                             state = case when queued + running > 1 or searching then 'running'
                                          when failed + ?4 > 0 then 'failed'
                                          when succeeded + ?2 = 0 then 'diverged' else 'succeeded' end,
                             finished_ms = case when queued + running > 1 or searching then null
                                               else max(?5, coalesce(started_ms, created_ms)) end,
                             paused_ms = case when queued + running > 1 or searching then paused_ms end
             where id = ?1 returning *",
        )
        .bind(job.to_string())
        .bind(is(TrialState::Succeeded))
        .bind(is(TrialState::Diverged))
        .bind(is(TrialState::Failed))
        .bind(self.now_ms)
        .fetch_one(&mut *self.connection)
        .await?;
        Ok(row)
    }

    /// Nothing is overwritten; two results that differ raise an alarm.
    async fn refuse_completion(
        &mut self,
        lease: Lease,
        offered: Option<Digest>,
    ) -> Result<Completed, StoreError> {
        let stored: Option<Option<String>> = sqlx::query_scalar(
            "select digest from trials where job = ? and number = ? and state in ('succeeded', 'diverged')",
        )
        .bind(lease.job.to_string())
        .bind(lease.number)
        .fetch_optional(&mut *self.connection)
        .await?;
        let Some(stored) = stored else { return Ok(Completed::Fenced) };
        let stored = stored.map(Digest::from_text);
        if let Some((stored, offered)) = stored.zip(offered).filter(|(stored, offered)| stored != offered) {
            self.raise_alarm(lease, &stored, &offered).await?;
            return Ok(Completed::Differs);
        }
        Ok(Completed::Already)
    }
}

impl Store {
    /// Prolongs a lease, and says whether it holds.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn heartbeat(&self, lease: Lease, lease_ms: i64) -> Result<Renewal, StoreError> {
        self.writer
            .run(move |transaction| {
                Box::pin(async move {
                    let is_paused: Option<bool> = sqlx::query_scalar(
                        "update trials set lease_until_ms = ?4
                         where job = ?1 and number = ?2 and epoch = ?3 and state = 'running'
                         returning (select paused_ms is not null from jobs where id = job)",
                    )
                    .bind(lease.job.to_string())
                    .bind(lease.number)
                    .bind(lease.epoch)
                    .bind(transaction.running_ms + lease_ms)
                    .fetch_optional(&mut *transaction.connection)
                    .await?;
                    Ok(match is_paused {
                        None => Renewal::Lost,
                        Some(true) => Renewal::Paused,
                        Some(false) => Renewal::Held,
                    })
                })
            })
            .await
    }

    /// Stores how a trial ended, if the lease still holds.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn complete(&self, lease: Lease, completion: Completion) -> Result<Completed, StoreError> {
        self.complete_run(lease, completion, None, None).await
    }

    /// The same, with the digest of what was run: whether it had been run here before says
    /// whether claims were stated before looking. And with who ran it, where that is not who claimed it.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn complete_run(
        &self,
        lease: Lease,
        completion: Completion,
        run: Option<Digest>,
        worker: Option<String>,
    ) -> Result<Completed, StoreError> {
        let by = By { run, worker };
        self.writer.run(move |transaction| Box::pin(transaction.complete(lease, completion, by))).await
    }

    /// Gives a trial back unfinished, as if it had not been claimed.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn release(&self, lease: Lease) -> Result<(), StoreError> {
        self.writer.run(move |transaction| Box::pin(transaction.put_back(lease, true))).await
    }

    /// Gives trials whose lease ran out to others, and gives up those that were claimed too
    /// often. Returns how many.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn requeue_expired(&self) -> Result<u64, StoreError> {
        self.writer.run(|transaction| Box::pin(transaction.requeue_expired())).await
    }

    /// At the start of a process: whatever ran in the last one is taken back.
    /// Returns how many trials that were.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn recover(&self) -> Result<u64, StoreError> {
        Ok(self.recover_beside(None, 0).await?.0)
    }

    /// The same beside workers elsewhere: what was claimed under this name goes on there, with a lease from now
    /// on. Returns how many trials were taken back, and the leases that go on.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn recover_beside(
        &self,
        elsewhere: Option<&str>,
        lease_ms: i64,
    ) -> Result<(u64, Vec<Lease>), StoreError> {
        let name = elsewhere.map(str::to_owned);
        let taken = self
            .writer
            .run(move |transaction| {
                Box::pin(async move { transaction.recover(name.as_deref(), lease_ms).await })
            })
            .await?;
        if let Err(error) = self.sweep_checkpoints().await {
            tracing::warn!(%error, "files of checkpoints that nobody needs could not be removed");
        }
        Ok(taken)
    }
}
