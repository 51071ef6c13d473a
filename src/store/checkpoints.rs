//! Checkpoints: the last saved moment of each running trial.

use super::writer::Transaction;
use super::{Store, StoreError};
use crate::job::JobId;
use crate::work::Lease;

/// A saved moment of a trial.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Checkpoint {
    /// Steps taken by then.
    pub step: i64,
    /// What the trial said of itself.
    pub state: Vec<u8>,
}

impl Transaction<'_> {
    async fn save_checkpoint(&mut self, lease: Lease, step: i64, state: Vec<u8>) -> Result<(), StoreError> {
        // a lost lease saves nothing
        sqlx::query(
            "insert into checkpoints (job, number, step, state, saved_ms)
             select job, number, ?4, ?5, ?6 from trials
             where job = ?1 and number = ?2 and epoch = ?3 and state = 'running'
             on conflict (job, number) do update
             set step = excluded.step, state = excluded.state, saved_ms = excluded.saved_ms",
        )
        .bind(lease.job.to_string())
        .bind(lease.number)
        .bind(lease.epoch)
        .bind(step)
        .bind(state)
        .bind(self.now_ms)
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }

    /// A trial that has ended needs none.
    pub(super) async fn forget_checkpoint(&mut self, lease: Lease) -> Result<(), StoreError> {
        sqlx::query("delete from checkpoints where job = ? and number = ?")
            .bind(lease.job.to_string())
            .bind(lease.number)
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }

    /// Nor do those of a job that was cancelled.
    pub(super) async fn forget_checkpoints(&mut self, job: JobId) -> Result<(), StoreError> {
        sqlx::query("delete from checkpoints where job = ?")
            .bind(job.to_string())
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }
}

impl Store {
    /// Saves where a running trial stands; does nothing when the lease was lost.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn save_checkpoint(&self, lease: Lease, step: u64, state: Vec<u8>) -> Result<(), StoreError> {
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        self.writer.run(move |transaction| Box::pin(transaction.save_checkpoint(lease, step, state))).await
    }

    /// The last saved moment of a trial, if there is one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn checkpoint(&self, job: JobId, number: u32) -> Result<Option<Checkpoint>, StoreError> {
        let saved = sqlx::query_as("select step, state from checkpoints where job = ? and number = ?")
            .bind(job.to_string())
            .bind(number)
            .fetch_optional(&self.readers)
            .await?;
        Ok(saved)
    }
}
