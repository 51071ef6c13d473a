//! Deleting jobs: hidden in one short transaction, removed in slices behind it, so that a job
//! of many trials keeps no other write waiting.

use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite};

use super::listing::push_filter;
use super::writer::Transaction;
use super::{Happened, Hint, JobFilter, Store, StoreError};
use crate::job::{JobId, JobState};

/// Jobs that are deleted in one transaction.
const JOBS: i64 = 200;
/// Rows that are removed in one transaction, and pages that are given back in one: some tens of milliseconds,
/// for which other writes wait.
const SLICE: i64 = 250;
const PAGES: i64 = 250;

/// Free pages that stay in the file, for what comes next: 4 MB.
const KEPT_PAGES: i64 = 1000;

/// What became of the request to delete a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// Nothing shows the job any more.
    Done,
    /// The job has not ended.
    NotEnded(JobState),
}

impl Transaction<'_> {
    async fn delete_job(&mut self, id: JobId, force: bool) -> Result<Deletion, StoreError> {
        let job = self.job(id).await?;
        if !job.state.is_terminal() {
            if !force {
                return Ok(Deletion::NotEnded(job.state));
            }
            self.cancel_job(id).await?;
        }
        sqlx::query("update jobs set deleted_ms = ?2 where id = ?1")
            .bind(id.to_string())
            .bind(self.now_ms)
            .execute(&mut *self.connection)
            .await?;
        self.hide(&[id.to_string()]).await?;
        Ok(Deletion::Done)
    }

    /// Deletes some of the ended jobs that the filter keeps; 0 when none is left.
    async fn delete_some(&mut self, filter: &JobFilter) -> Result<u64, StoreError> {
        let mut query: QueryBuilder<Sqlite> = QueryBuilder::new("update jobs set deleted_ms = ");
        query.push_bind(self.now_ms).push(" where id in (select id from jobs where finished_ms is not null");
        push_filter(&mut query, filter);
        query.push(format!(" limit {JOBS}) returning id"));
        let ids: Vec<String> = query.build_query_scalar().fetch_all(&mut *self.connection).await?;
        self.hide(&ids).await?;
        Ok(ids.len() as u64)
    }

    /// What must be gone with the jobs at once, and what tells of it.
    async fn hide(&mut self, ids: &[String]) -> Result<(), StoreError> {
        for id in ids {
            sqlx::query("delete from idempotency_keys where job = ?")
                .bind(id)
                .execute(&mut *self.connection)
                .await?;
            let number = self.next_event_number().await?;
            sqlx::query("insert into deleted_jobs (number, job, at_ms) values (?, ?, ?)")
                .bind(number)
                .bind(id)
                .bind(self.now_ms)
                .execute(&mut *self.connection)
                .await?;
            let job = id.parse().map_err(|_| StoreError::Internal("id of a deleted job".into()))?;
            self.happened.push(Happened { job, sequence: i64::MAX, hint: Hint::Deleted });
        }
        Ok(())
    }

    /// Removes a slice of one deleted job. `false` when none is left.
    async fn sweep(&mut self) -> Result<bool, StoreError> {
        let job: Option<String> =
            sqlx::query_scalar("select id from jobs where deleted_ms is not null limit 1")
                .fetch_optional(&mut *self.connection)
                .await?;
        let Some(job) = job else { return self.give_back().await };
        // what was run was looked at, whoever deletes it
        sqlx::query(
            "insert into deleted_runs (run_digest, ended_ms, ended_event)
             select run_digest, min(ended_ms), min(coalesce(ended_event, -1))
             from (select run_digest, ended_ms, ended_event from trials where job = ?1 order by number limit ?2)
             where run_digest is not null and ended_ms is not null group by run_digest
             on conflict (run_digest) do update set ended_ms = min(ended_ms, excluded.ended_ms),
                                                       ended_event = min(coalesce(ended_event, -1), excluded.ended_event)",
        )
        .bind(&job)
        .bind(SLICE)
        .execute(&mut *self.connection)
        .await?;
        for slice in [
            "delete from documents where (job, generation, part, number) in (
                 select job, generation, part, number from documents where job = ?1 limit ?2)",
            "delete from measurements where (job, generation, cell, quantity) in (
                 select job, generation, cell, quantity from measurements where job = ?1 limit ?2)",
            "delete from cells where (job, generation, cell) in (
                 select job, generation, cell from cells where job = ?1 limit ?2)",
            "delete from trials where job = ?1 and number in (select number from trials where job = ?1 order by number limit ?2)",
            "delete from events where job = ?1 and sequence in (select sequence from events where job = ?1 order by sequence limit ?2)",
        ] {
            let removed = sqlx::query(slice).bind(&job).bind(SLICE).execute(&mut *self.connection).await?;
            if removed.rows_affected() > 0 {
                return Ok(true);
            }
        }
        sqlx::query("delete from jobs where id = ?").bind(&job).execute(&mut *self.connection).await?;
        Ok(true)
    }
}

impl Transaction<'_> {
    /// Gives some free pages back to the file system. `false` when few are left, or the file was
    /// made without the means.
    async fn give_back(&mut self) -> Result<bool, StoreError> {
        let incremental: i64 =
            sqlx::query_scalar("pragma auto_vacuum").fetch_one(&mut *self.connection).await?;
        let free: i64 = sqlx::query_scalar("pragma freelist_count").fetch_one(&mut *self.connection).await?;
        if incremental != 2 || free <= KEPT_PAGES {
            return Ok(false);
        }
        let give_back = format!("pragma incremental_vacuum({PAGES})");
        sqlx::query(AssertSqlSafe(give_back)).fetch_all(&mut *self.connection).await?;
        let left: i64 = sqlx::query_scalar("pragma freelist_count").fetch_one(&mut *self.connection).await?;
        Ok(left < free)
    }
}

impl Store {
    /// Deletes an ended job: when it returns, nothing shows the job. With `force` a job that has
    /// not ended is cancelled first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or when nothing can be written.
    pub async fn delete_job(&self, id: JobId, force: bool) -> Result<Deletion, StoreError> {
        let deleted = self.writer.run(move |transaction| Box::pin(transaction.delete_job(id, force))).await?;
        self.specs.forget(id);
        Ok(deleted)
    }

    /// Deletes the ended jobs that the filter keeps, some in each transaction, so that other writes
    /// come in between. Returns how many.
    ///
    /// # Errors
    /// When nothing can be written; some may be deleted then.
    pub async fn delete_jobs(&self, filter: JobFilter) -> Result<u64, StoreError> {
        let mut all = 0;
        loop {
            let filter = filter.clone();
            let some = self
                .writer
                .run(move |transaction| Box::pin(async move { transaction.delete_some(&filter).await }))
                .await?;
            if some == 0 {
                return Ok(all);
            }
            all += some;
        }
    }

    /// Removes a slice of what was deleted. `false` when nothing is left of it.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn sweep_deleted(&self) -> Result<bool, StoreError> {
        self.writer.run(|transaction| Box::pin(transaction.sweep())).await
    }
}
