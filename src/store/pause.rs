//! Jobs that are paused and go on.

use super::writer::Transaction;
use super::{JobRow, Store, StoreError};
use crate::job::{Event, JobId};

impl Transaction<'_> {
    /// No trial of the job is claimed from here on, or some are again; twice changes nothing.
    async fn set_paused(&mut self, id: JobId, is_paused: bool) -> Result<JobRow, StoreError> {
        let job = self.job(id).await?;
        if job.state.is_terminal() || job.paused_ms.is_some() == is_paused {
            return Ok(job);
        }
        sqlx::query("update jobs set paused_ms = ?2 where id = ?1")
            .bind(id.to_string())
            .bind(is_paused.then(|| self.now_ms.max(job.created_ms)))
            .execute(&mut *self.connection)
            .await?;
        self.record(id, &if is_paused { Event::Paused {} } else { Event::Resumed {} }).await?;
        self.job(id).await
    }
}

impl Store {
    /// Pauses a job: none of its trials is claimed, and running ones are told to save what they have
    /// and come back. A job that has ended stays as it is.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or when nothing can be written.
    pub async fn pause_job(&self, id: JobId) -> Result<JobRow, StoreError> {
        self.writer.run(move |transaction| Box::pin(transaction.set_paused(id, true))).await
    }

    /// Lets a paused job go on.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or when nothing can be written.
    pub async fn resume_job(&self, id: JobId) -> Result<JobRow, StoreError> {
        self.writer.run(move |transaction| Box::pin(transaction.set_paused(id, false))).await
    }
}
