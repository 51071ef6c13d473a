//! Searches: jobs whose trials are added round by round.

use serde_json::{Value, json};

use super::writer::Transaction;
use super::{Store, StoreError};
use crate::job::search::{Point, Round};
use crate::job::{JobId, JobState};

/// A point as it stands in the database.
fn text(point: &Point) -> String {
    serde_json::to_string(point).expect("a point is plain numbers")
}

/// What comes next in a search.
#[derive(Debug, Clone, PartialEq)]
pub struct NextRound {
    /// More trainings; none when the search is over.
    pub points: Vec<Point>,
    /// Told to those who watch.
    pub event: Value,
    /// Whether it could not be planned, which ends the job as failed.
    pub is_broken: bool,
}

impl NextRound {
    /// A planned round with what is told of it.
    #[must_use]
    pub fn of(round: &Round) -> Self {
        let event = json!({"cells": round.reasons, "trials": round.points.len()});
        Self { points: round.points.clone(), event, is_broken: false }
    }

    /// No plan can be made.
    #[must_use]
    pub fn broken() -> Self {
        let event =
            json!({"cells": ["the next round could not be planned; the server's log says why"], "trials": 0});
        Self { points: Vec::new(), event, is_broken: true }
    }
}

impl Transaction<'_> {
    pub(super) async fn insert_points(
        &mut self,
        id: JobId,
        first: i64,
        points: &[Point],
    ) -> Result<(), StoreError> {
        for (number, point) in (first..).zip(points) {
            sqlx::query("insert into trials (job, number, state, epoch, attempt, point) values (?, ?, 'queued', 0, 0, ?)")
                .bind(id.to_string())
                .bind(number)
                .bind(text(point))
                .execute(&mut *self.connection)
                .await?;
        }
        Ok(())
    }

    /// Adds a round, or ends the job. `false` when it does not wait for one: cancelled, or
    /// given its round by another worker.
    async fn add_round(
        &mut self,
        id: JobId,
        known: Option<i64>,
        round: NextRound,
    ) -> Result<bool, StoreError> {
        let job = self.job(id).await?;
        let is_waiting = job.counts.queued + job.counts.running == 0
            && known.is_none_or(|known| job.counts.trials == known);
        if job.state.is_terminal() || !is_waiting {
            return Ok(false);
        }
        self.record(id, "search", &round.event).await?;
        if round.points.is_empty() {
            let state =
                if job.counts.failed > 0 || round.is_broken { JobState::Failed } else { JobState::Succeeded };
            sqlx::query("update jobs set searching = 0, state = ?2, finished_ms = ?3 where id = ?1")
                .bind(id.to_string())
                .bind(state.as_str())
                .bind(self.now_ms)
                .execute(&mut *self.connection)
                .await?;
            self.record(id, "end", &json!({"state": state})).await?;
            return Ok(true);
        }
        self.insert_points(id, job.counts.trials, &round.points).await?;
        sqlx::query("update jobs set trials = trials + ?2, queued = queued + ?2 where id = ?1")
            .bind(id.to_string())
            .bind(i64::try_from(round.points.len()).unwrap_or(i64::MAX))
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
    pub async fn add_round(
        &self,
        id: JobId,
        known: Option<i64>,
        round: NextRound,
    ) -> Result<bool, StoreError> {
        self.writer.run(move |transaction| Box::pin(transaction.add_round(id, known, round))).await
    }

    /// Jobs that wait for the next round of their search.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn jobs_between_rounds(&self) -> Result<Vec<JobId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "select id from jobs where searching and state in ('queued', 'running') and queued + running = 0",
        )
        .fetch_all(&self.readers)
        .await?;
        Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
    }
}
