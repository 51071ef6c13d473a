//! Events: what happened to a job, in order, written with what they tell of.

use super::hint::{Happened, Hint};
use super::tally::Counted;
use super::writer::Transaction;
use super::{Store, StoreError};
use crate::job::{Event, JobId};

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct EventRow {
    /// Number within the job, from 1 on without gaps.
    pub sequence: i64,
    /// What happened: the kind of an [`Event`].
    pub kind: String,
    /// Details as JSON.
    pub data: String,
    /// When.
    pub at_ms: i64,
}

impl Transaction<'_> {
    /// Records an event of a job and tells watchers after the commit.
    pub(super) async fn record(&mut self, job: JobId, event: &Event) -> Result<(), StoreError> {
        let data = serde_json::to_string(event).map_err(|error| StoreError::Internal(error.to_string()))?;
        let number = self.next_event_number().await?;
        let sequence: i64 = sqlx::query_scalar(
            "insert into events (job, sequence, kind, data, at_ms, number)
             select ?1, coalesce(max(sequence), 0) + 1, ?2, ?3, ?4, ?5 from events where job = ?1
             returning sequence",
        )
        .bind(job.to_string())
        .bind(event.kind())
        .bind(data)
        .bind(self.now_ms)
        .bind(number)
        .fetch_one(&mut *self.connection)
        .await?;
        self.counted.extend(Counted::of(event));
        self.happened.push(Happened { job, sequence, hint: Hint::of(event) });
        Ok(())
    }
}

impl Store {
    /// Number of the last event of a job, 0 without any: it grows with whatever happens to the job's
    /// trials, so that with it nothing else needs to be compared.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn last_event(&self, job: JobId) -> Result<i64, StoreError> {
        let last = sqlx::query_scalar("select coalesce(max(sequence), 0) from events where job = ?")
            .bind(job.to_string())
            .fetch_one(&self.readers)
            .await?;
        Ok(last)
    }

    /// Events of a job after `sequence`, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn events_after(
        &self,
        job: JobId,
        sequence: i64,
        limit: u32,
    ) -> Result<Vec<EventRow>, StoreError> {
        let rows = sqlx::query_as(
            "select sequence, kind, data, at_ms from events where job = ? and sequence > ? order by sequence limit ?",
        )
        .bind(job.to_string())
        .bind(sequence)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows)
    }
}
