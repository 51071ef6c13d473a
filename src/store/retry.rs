//! Trying again what failed or was cancelled.

use super::writer::Transaction;
use super::{JobRow, Store, StoreError};
use crate::job::{Event, JobId, JobState};

/// What became of the request to try a job again.
#[derive(Debug, Clone, PartialEq)]
pub enum Retried {
    /// So many of its trials wait for a worker again.
    Again(Box<JobRow>, i64),
    /// The job has not ended.
    NotEnded(JobState),
    /// None of its trials failed or was cancelled.
    Nothing,
}

impl Transaction<'_> {
    async fn retry_job(&mut self, id: JobId) -> Result<Retried, StoreError> {
        let job = self.job(id).await?;
        if !job.state.is_terminal() {
            return Ok(Retried::NotEnded(job.state));
        }
        let is_search: bool =
            sqlx::query_scalar("select exists (select 1 from trials where job = ? and point is not null)")
                .bind(id.to_string())
                .fetch_one(&mut *self.connection)
                .await?;
        // a verification trains given points; it plans no round
        let goes_on = is_search && job.relation.is_none_or(crate::job::Relation::may_search);
        let again = job.counts.failed + job.counts.cancelled;
        // a search that was cancelled between two rounds has no trial to run, but its next round
        if again == 0 && !(goes_on && job.state == JobState::Cancelled) {
            return Ok(Retried::Nothing);
        }
        sqlx::query(
            "update trials set state = 'queued', attempt = 0, worker = null, lease_until_ms = null, seconds = null,
                               detail = null, deaths = 0, not_before_ms = null
             where job = ? and state in ('failed', 'cancelled')",
        )
        .bind(id.to_string())
        .execute(&mut *self.connection)
        .await?;
        // it will be another one when it ends, whatever the clock says by then
        sqlx::query("delete from seals where job = ?")
            .bind(id.to_string())
            .execute(&mut *self.connection)
            .await?;
        // no rows are shown until it has ended again
        sqlx::query(
            "update jobs set queued = queued + failed + cancelled, failed = 0, cancelled = 0, searching = ?2,
                             state = case when started_ms is null then 'queued' else 'running' end,
                             finished_ms = null, paused_ms = null, headline = null, analysis_version = 0, generation = 0
             where id = ?1",
        )
        .bind(id.to_string())
        .bind(goes_on)
        .execute(&mut *self.connection)
        .await?;
        let row = self.job(id).await?;
        self.record(id, &Event::Retried { state: row.state, trials: again }).await?;
        Ok(Retried::Again(Box::new(row), again))
    }
}

impl Store {
    /// Puts the failed and cancelled trials of an ended job back into the queue; those that ended
    /// with a report stay.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or when nothing can be written.
    pub async fn retry_job(&self, id: JobId) -> Result<Retried, StoreError> {
        self.writer.run(move |transaction| Box::pin(transaction.retry_job(id))).await
    }
}
