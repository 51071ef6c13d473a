//! Seals: the digest of all that is stored of an ended job, so that a number that changed on the disk is
//! found. `SQLite` checks that its pages are a tree; what stands in them it cannot know. A job is sealed by
//! the same transaction that shows its results: no reader sees a number that nothing vouches for.

use std::time::Duration;

use futures_util::TryStreamExt;
use sha2::{Digest as _, Sha256};
use sqlx::sqlite::{SqliteRow, SqliteValueRef};
use sqlx::{Row, SqliteConnection, TypeInfo, ValueRef};

use super::writer::Transaction;
use super::{Store, StoreError};
use crate::job::JobId;
use crate::outcome::Digest;

/// How long a start may wait for a look at what is stored.
const AT_START: Duration = Duration::from_millis(500);

/// Which columns a seal covers. Raised with every migration that changes the columns of a covered table:
/// seals of another format are made anew.
const FORMAT: i64 = 4;

/// What a seal covers of the job itself. Name, tags and notes may be changed.
const JOB: &str = "select id, spec, spec_digest, plan, state, trials, succeeded, diverged, failed, cancelled, created_ms,
            started_ms, finished_ms, headline, searching, claims, origin, relation, generation, analysis_version
     from jobs where id = ?1";

/// What it covers of the rows of a job, each table in the order of its key. Rows of other generations are on
/// their way in or out.
const ROWS: [&str; 7] = [
    "select * from trials where job = ?1 order by number",
    "select * from evaluations where job = ?1 and generation = ?2 order by generation",
    "select * from cells where job = ?1 and generation = ?2 order by cell",
    "select * from measurements where job = ?1 and generation = ?2 order by cell, quantity",
    "select * from capacities where job = ?1 and generation = ?2 order by number",
    "select * from verdicts where job = ?1 and generation = ?2 order by number",
    "select * from documents where job = ?1 and generation = ?2 order by part, number",
];

/// What of a job a seal is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Of {
    pub(super) finished_ms: i64,
    pub(super) generation: i64,
}

impl Store {
    /// Seals jobs that have ended and were evaluated before seals were of this format, so many at most; says
    /// whether there are more.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub async fn seal_some(&self, analysis_version: u32, most: u32) -> Result<bool, StoreError> {
        let open: Vec<(String, i64, i64)> = sqlx::query_as(
            "select id, finished_ms, generation from jobs
             where finished_ms is not null and deleted_ms is null and analysis_version >= ?
                   and not exists (select 1 from seals where seals.job = jobs.id and seals.finished_ms = jobs.finished_ms
                                      and seals.generation = jobs.generation and seals.format = ?)
             order by id desc limit ?",
        )
        .bind(analysis_version)
        .bind(FORMAT)
        .bind(most)
        .fetch_all(&self.readers)
        .await?;
        let is_full = open.len() == most as usize;
        for (id, finished_ms, generation) in open {
            let of = Of { finished_ms, generation };
            let rows = self.rows_digest(&id, generation).await?;
            self.writer
                .run(move |transaction| Box::pin(async move { transaction.seal(&id, of, &rows).await }))
                .await?;
        }
        Ok(is_full)
    }

    /// Looks through all sealed jobs; the first that is not as it was sealed, if there is one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn broken_seal(&self) -> Result<Option<JobId>, StoreError> {
        let mut last = "g".to_owned(); // behind all ids
        loop {
            let next: Option<String> = sqlx::query_scalar(
                "select job from seals where job < ? and format = ? order by job desc limit 1",
            )
            .bind(&last)
            .bind(FORMAT)
            .fetch_optional(&self.readers)
            .await?;
            let Some(job) = next else { return Ok(None) };
            // one transaction sees job, seal and rows at the same moment
            let mut reading = self.readers.begin().await?;
            if holds(&mut reading, &job).await? == Some(false) {
                return Ok(Some(job.parse().map_err(|_| StoreError::Internal("job of a seal".into()))?));
            }
            drop(reading);
            last = job;
        }
    }

    /// The same for as long as a start may wait, the newest jobs first: what changed on the disk is not
    /// shown before anybody has looked.
    pub async fn look_through_at_start(&self) {
        let Ok(found) = tokio::time::timeout(AT_START, self.broken_seal()).await else { return };
        match found {
            Ok(None) => {}
            Ok(Some(job)) => drop(self.damaged(format!("job {job} is not as it was stored"))),
            Err(error) => drop(self.damaged(error.to_string())),
        }
    }

    /// The digest of the rows of a job, on a connection of its own.
    pub(super) async fn rows_digest(&self, job: &str, generation: i64) -> Result<Digest, StoreError> {
        let mut reading = self.readers.begin().await?;
        rows_digest(&mut reading, job, generation).await
    }
}

impl Transaction<'_> {
    /// Seals an ended job whose rows have this digest; nothing where it has gone on since.
    pub(super) async fn seal(&mut self, job: &str, of: Of, rows: &Digest) -> Result<(), StoreError> {
        let digest = whole_digest(&mut *self.connection, job, rows).await?;
        sqlx::query(
            "insert into seals (job, finished_ms, generation, digest, format)
             select id, finished_ms, generation, ?4, ?5 from jobs
             where id = ?1 and finished_ms = ?2 and generation = ?3
             on conflict (job) do update
             set finished_ms = excluded.finished_ms, generation = excluded.generation,
                 digest = excluded.digest, format = excluded.format",
        )
        .bind(job)
        .bind(of.finished_ms)
        .bind(of.generation)
        .bind(digest.as_str())
        .bind(FORMAT)
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }
}

/// Whether a job is as it was sealed; nothing of one without a seal, and of one that was opened again or
/// evaluated anew since: its next seal is on its way.
pub(super) async fn holds(connection: &mut SqliteConnection, job: &str) -> Result<Option<bool>, StoreError> {
    let sealed: Option<(i64, i64, String)> =
        sqlx::query_as("select finished_ms, generation, digest from seals where job = ? and format = ?")
            .bind(job)
            .bind(FORMAT)
            .fetch_optional(&mut *connection)
            .await?;
    let now: Option<Of> = sqlx::query_as(
        "select finished_ms, generation from jobs where id = ? and finished_ms is not null and deleted_ms is null",
    )
    .bind(job)
    .fetch_optional(&mut *connection)
    .await?;
    let (Some((finished_ms, generation, digest)), Some(now)) = (sealed, now) else { return Ok(None) };
    if now.finished_ms > finished_ms || now.generation > generation {
        return Ok(None);
    }
    let rows = rows_digest(&mut *connection, job, now.generation).await?;
    Ok(Some(whole_digest(connection, job, &rows).await? == Digest::from_text(digest)))
}

/// The digest of a job whose rows have this digest.
async fn whole_digest(
    connection: &mut SqliteConnection,
    job: &str,
    rows: &Digest,
) -> Result<Digest, StoreError> {
    let mut hash = Sha256::new();
    if let Some(row) = sqlx::query(JOB).bind(job).fetch_optional(connection).await? {
        add(&mut hash, &row)?;
    }
    hash.update(rows.as_str());
    Ok(Digest::of_hash(hash))
}

/// The digest of all rows of a job, value by value.
async fn rows_digest(
    connection: &mut SqliteConnection,
    job: &str,
    generation: i64,
) -> Result<Digest, StoreError> {
    let mut hash = Sha256::new();
    for covered in ROWS {
        hash.update([0xff]);
        let mut rows = sqlx::query(covered).bind(job).bind(generation).fetch(&mut *connection);
        while let Some(row) = rows.try_next().await? {
            hash.update([0xfe]);
            add(&mut hash, &row)?;
            // a job may have a million: others run in between, and who waits no longer is not kept
            tokio::task::coop::consume_budget().await;
        }
    }
    Ok(Digest::of_hash(hash))
}

/// Adds each value with its type and length, so that no two rows read alike.
fn add(hash: &mut Sha256, row: &SqliteRow) -> Result<(), StoreError> {
    for column in 0..row.len() {
        let value: SqliteValueRef<'_> = row.try_get_raw(column)?;
        let kind = if value.is_null() { "NULL".to_owned() } else { value.type_info().name().to_owned() };
        hash.update(kind.as_bytes());
        match kind.as_str() {
            "NULL" => {}
            "INTEGER" => hash.update(row.try_get_unchecked::<i64, _>(column)?.to_le_bytes()),
            "REAL" => hash.update(row.try_get_unchecked::<f64, _>(column)?.to_bits().to_le_bytes()),
            _ => {
                let bytes = row.try_get_unchecked::<Vec<u8>, _>(column)?;
                hash.update(bytes.len().to_le_bytes());
                hash.update(bytes);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Clock;
    use super::*;

    /// A seal of other columns would find every job damaged: raise the format, and renew these.
    #[tokio::test]
    async fn the_format_says_which_columns_are_covered() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), Clock::system()).await.unwrap();
        let mut columns = Vec::new();
        for table in ["trials", "evaluations", "cells", "measurements", "capacities", "verdicts", "documents"]
        {
            let names: Vec<String> = sqlx::query_scalar("select name from pragma_table_info(?) order by cid")
                .bind(table)
                .fetch_all(&store.readers)
                .await
                .unwrap();
            columns.push(names.len());
        }
        assert_eq!((FORMAT, columns), (4, vec![20, 8, 16, 13, 21, 11, 5]));
    }
}
