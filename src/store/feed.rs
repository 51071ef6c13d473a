//! The feed: events of all jobs in one order, deletions included.

use super::writer::Transaction;
use super::{Store, StoreError};
use crate::job::event::DELETED;

/// One event of some job.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FeedRow {
    /// Number among the events of all jobs: it grows, with gaps, and is never used twice.
    pub number: i64,
    /// The job.
    pub job: String,
    /// What happened: the kind of an event.
    pub kind: String,
    /// Details as JSON.
    pub data: String,
    /// When.
    pub at_ms: i64,
}

impl Transaction<'_> {
    /// A number for an event, above all numbers before.
    pub(super) async fn next_event_number(&mut self) -> Result<i64, StoreError> {
        let next = sqlx::query_scalar("update event_numbers set last = last + 1 returning last");
        Ok(next.fetch_one(&mut *self.connection).await?)
    }
}

impl Store {
    /// Events of all jobs after a number, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn feed_after(&self, number: i64, limit: u32) -> Result<Vec<FeedRow>, StoreError> {
        // a job that is being removed has one event left: that it was deleted
        let rows = sqlx::query_as(
            "select * from (
                 select * from (
                     select number, job, kind, data, at_ms from events
                     where number > ?1 and not exists (select 1 from jobs where id = job and deleted_ms is not null)
                     order by number limit ?2)
                 union all
                 select * from (
                     select number, job, ?3, '{}', at_ms from deleted_jobs where number > ?1 order by number limit ?2)
             ) order by number limit ?2",
        )
        .bind(number)
        .bind(limit)
        .bind(DELETED)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows)
    }

    /// Events of all jobs after a number that say that a job was accepted or has ended, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn beginnings_and_ends_after(
        &self,
        number: i64,
        limit: u32,
    ) -> Result<Vec<FeedRow>, StoreError> {
        let rows = sqlx::query_as(
            "select number, job, kind, data, at_ms from events
             where number > ? and kind in ('accepted', 'end') order by number limit ?",
        )
        .bind(number)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows)
    }

    /// Number of the newest event of any job; 0 before the first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn last_event_number(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar("select last from event_numbers").fetch_one(&self.readers).await?)
    }
}
