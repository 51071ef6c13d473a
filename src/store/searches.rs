//! Searches: jobs whose trials are added round by round.

use super::writer::Transaction;
use super::{Store, StoreError};
use crate::job::{Event, JobId, JobState, TrialState};
use crate::search::Round;
use crate::spec::search::{Probe, Stage};

/// A probe as it stands in the database.
fn text(probe: &Probe) -> String {
    serde_json::to_string(probe).expect("a probe is plain numbers")
}

/// What comes next in a search.
#[derive(Debug, Clone, PartialEq)]
pub struct NextRound {
    /// More trainings; none when the search is over.
    pub probes: Vec<Probe>,
    /// What each cell does next, or how it ended: told to those who watch.
    reasons: Vec<String>,
    /// Whether it could not be planned, which ends the job as failed.
    is_broken: bool,
}

impl NextRound {
    /// A planned round.
    #[must_use]
    pub fn of(round: Round) -> Self {
        Self { probes: round.probes, reasons: round.reasons, is_broken: false }
    }

    /// No plan can be made.
    #[must_use]
    pub fn broken() -> Self {
        let reason = "the next round could not be planned; the server's log says why".to_owned();
        Self { probes: Vec::new(), reasons: vec![reason], is_broken: true }
    }

    pub(super) fn event(&self) -> Event {
        Event::Search { cells: self.reasons.clone(), trials: self.probes.len() }
    }
}

impl Transaction<'_> {
    pub(super) async fn insert_probes(
        &mut self,
        id: JobId,
        first: i64,
        probes: &[Probe],
    ) -> Result<(), StoreError> {
        for (number, probe) in (first..).zip(probes) {
            sqlx::query("insert into trials (job, number, state, epoch, attempt, point) values (?, ?, 'queued', 0, 0, ?)")
                .bind(id.to_string())
                .bind(number)
                .bind(text(probe))
                .execute(&mut *self.connection)
                .await?;
        }
        Ok(())
    }

    /// Whether every trial that a search reports diverged; where it came to report none, every
    /// trial.
    async fn reports_only_divergence(
        &mut self,
        id: JobId,
        succeeded: i64,
        diverged: i64,
    ) -> Result<bool, StoreError> {
        if diverged == 0 {
            return Ok(false);
        }
        let ended: Vec<(String, Option<String>)> = sqlx::query_as(
            "select state, point from trials where job = ? and state in ('succeeded', 'diverged')",
        )
        .bind(id.to_string())
        .fetch_all(&mut *self.connection)
        .await?;
        let is_reported = |point: &Option<String>| {
            let probe: Option<Probe> = point.as_deref().and_then(|json| serde_json::from_str(json).ok());
            probe.is_some_and(|probe| probe.stage() == Stage::Reporting)
        };
        let reported: Vec<&str> =
            ended.iter().filter(|(_, point)| is_reported(point)).map(|(state, _)| state.as_str()).collect();
        Ok(if reported.is_empty() {
            succeeded == 0
        } else {
            reported.iter().all(|state| *state == TrialState::Diverged.as_str())
        })
    }

    /// Adds a round, or ends the job. `false` when it does not wait for one: cancelled, or
    /// given its round already.
    async fn add_round(&mut self, id: JobId, known: i64, round: NextRound) -> Result<bool, StoreError> {
        let job = self.job(id).await?;
        let is_waiting = job.counts.queued + job.counts.running == 0 && job.counts.trials == known;
        if job.state.is_terminal() || !is_waiting {
            return Ok(false);
        }
        self.record(id, &round.event()).await?;
        if round.probes.is_empty() {
            let state = if job.counts.failed > 0 || round.is_broken {
                JobState::Failed
            } else if self.reports_only_divergence(id, job.counts.succeeded, job.counts.diverged).await? {
                JobState::Diverged
            } else {
                JobState::Succeeded
            };
            sqlx::query("update jobs set searching = 0, state = ?2, finished_ms = max(?3, coalesce(started_ms, created_ms)) where id = ?1")
                .bind(id.to_string())
                .bind(state.as_str())
                .bind(self.now_ms)
                .execute(&mut *self.connection)
                .await?;
            self.record(id, &Event::end(state)).await?;
            return Ok(true);
        }
        self.insert_probes(id, job.counts.trials, &round.probes).await?;
        sqlx::query("update jobs set trials = trials + ?2, queued = queued + ?2 where id = ?1")
            .bind(id.to_string())
            .bind(i64::try_from(round.probes.len()).unwrap_or(i64::MAX))
            .execute(&mut *self.connection)
            .await?;
        Ok(true)
    }
}

impl Store {
    /// Adds the next round of a search that had so many trials when it was planned, or ends
    /// its job. `false` when the job does not wait for it any more.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn add_round(&self, id: JobId, known: i64, round: NextRound) -> Result<bool, StoreError> {
        self.writer.run(move |transaction| Box::pin(transaction.add_round(id, known, round))).await
    }

    /// Jobs that wait for the next round of their search.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn jobs_between_rounds(&self) -> Result<Vec<JobId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "select id from jobs where searching = 1 and finished_ms is null and queued + running = 0 and deleted_ms is null",
        )
        .fetch_all(&self.readers)
        .await?;
        Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
    }
}
