//! Events: what happened to a job, in order, written with what they tell of.

use serde_json::Value;

use super::writer::Transaction;
use super::{Store, StoreError};
use crate::job::JobId;

/// Tells watchers that a job has a new event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Happened {
    /// The job.
    pub job: JobId,
    /// Number of its event.
    pub sequence: i64,
    /// Whether trials of the job now wait for a worker.
    pub queued: bool,
    /// Whether the job was cancelled.
    pub cancelled: bool,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct EventRow {
    /// Number within the job, from 1 on without gaps.
    pub sequence: i64,
    /// What happened: `accepted`, `started`, `trial`, `cancelled` or `end`.
    pub kind: String,
    /// Details as JSON.
    pub data: String,
    /// When.
    pub at_ms: i64,
}

impl Transaction<'_> {
    /// Records an event of a job and tells watchers after the commit.
    pub(super) async fn record(&mut self, job: JobId, kind: &str, data: &Value) -> Result<(), StoreError> {
        let sequence: i64 = sqlx::query_scalar(
            "insert into events (job, sequence, kind, data, at_ms)
             select ?1, coalesce(max(sequence), 0) + 1, ?2, ?3, ?4 from events where job = ?1
             returning sequence",
        )
        .bind(job.to_string())
        .bind(kind)
        .bind(data.to_string())
        .bind(self.now_ms)
        .fetch_one(&mut *self.connection)
        .await?;
        let happened = Happened {
            job,
            sequence,
            queued: matches!(kind, "accepted" | "search"),
            cancelled: kind == "cancelled",
        };
        self.happened.push(happened);
        Ok(())
    }
}

impl Store {
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
