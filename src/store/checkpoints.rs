//! Checkpoints: the last saved moment of each running trial. Their bytes lie in files beside the
//! database, of any size, written before the writer hears of them; the row names the file.

use std::io;

use super::folder::step_of;
use super::writer::Transaction;
use super::{Store, StoreError};
use crate::job::JobId;
use crate::work::Lease;

/// A saved moment of a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Steps taken by then.
    pub step: i64,
    /// What the trial said of itself.
    pub state: Vec<u8>,
}

impl Transaction<'_> {
    /// Names the file of a checkpoint, in place of an earlier one; nothing where the lease was lost.
    async fn save_checkpoint(&mut self, lease: Lease, step: i64, name: String) -> Result<(), StoreError> {
        let is_held: bool = sqlx::query_scalar(
            "select exists (select 1 from trials where job = ? and number = ? and epoch = ? and state = 'running')",
        )
        .bind(lease.job.to_string())
        .bind(lease.number)
        .bind(lease.epoch)
        .fetch_one(&mut *self.connection)
        .await?;
        if !is_held {
            // saved twice under one lease, the second time too late, the file may be the one that counts
            let is_named: bool =
                sqlx::query_scalar("select exists (select 1 from checkpoints where file = ?)")
                    .bind(&name)
                    .fetch_one(&mut *self.connection)
                    .await?;
            self.unnamed.extend((!is_named).then_some(name));
            return Ok(());
        }
        let before: Option<Option<String>> =
            sqlx::query_scalar("select file from checkpoints where job = ? and number = ?")
                .bind(lease.job.to_string())
                .bind(lease.number)
                .fetch_optional(&mut *self.connection)
                .await?;
        let before = before.flatten();
        if before.as_ref().is_some_and(|before| step_of(before, lease) >= Some(step)) {
            // a message that came twice, the second time after a later one
            self.unnamed.extend(before.filter(|before| *before != name).map(|_| name));
            return Ok(());
        }
        self.unnamed.extend(before);
        sqlx::query(
            "insert into checkpoints (job, number, step, state, saved_ms, file) values (?, ?, ?, x'', ?, ?)
             on conflict (job, number) do update
             set step = excluded.step, state = x'', saved_ms = excluded.saved_ms, file = excluded.file",
        )
        .bind(lease.job.to_string())
        .bind(lease.number)
        .bind(step)
        .bind(self.now_ms)
        .bind(name)
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }

    /// A trial that has ended needs none.
    pub(super) async fn forget_checkpoint(&mut self, lease: Lease) -> Result<(), StoreError> {
        let files: Vec<Option<String>> =
            sqlx::query_scalar("delete from checkpoints where job = ? and number = ? returning file")
                .bind(lease.job.to_string())
                .bind(lease.number)
                .fetch_all(&mut *self.connection)
                .await?;
        self.unnamed.extend(files.into_iter().flatten());
        Ok(())
    }

    /// Nor do those of a job that was cancelled.
    pub(super) async fn forget_checkpoints(&mut self, job: JobId) -> Result<(), StoreError> {
        let files: Vec<Option<String>> =
            sqlx::query_scalar("delete from checkpoints where job = ? returning file")
                .bind(job.to_string())
                .fetch_all(&mut *self.connection)
                .await?;
        self.unnamed.extend(files.into_iter().flatten());
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
        let folder = self.checkpoints.clone();
        let name = blocking(move || folder.write(lease, step, &state)).await?;
        self.writer.run(move |transaction| Box::pin(transaction.save_checkpoint(lease, step, name))).await
    }

    /// The last saved moment of a trial, if there is one.
    ///
    /// # Errors
    /// When the database or the file cannot be read.
    pub async fn checkpoint(&self, job: JobId, number: u32) -> Result<Option<Checkpoint>, StoreError> {
        // another one may take its place between two reads
        for _ in 0..3 {
            match self.named_checkpoint(job, number).await {
                Err(Unread::Gone) => {}
                Err(Unread::Store(error)) => return Err(error),
                Ok(found) => return Ok(found),
            }
        }
        tracing::warn!(%job, trial = number, "the file of a checkpoint is gone: the trial begins anew");
        Ok(None)
    }

    async fn named_checkpoint(&self, job: JobId, number: u32) -> Result<Option<Checkpoint>, Unread> {
        let saved: Option<(i64, Vec<u8>, Option<String>)> =
            sqlx::query_as("select step, state, file from checkpoints where job = ? and number = ?")
                .bind(job.to_string())
                .bind(number)
                .fetch_optional(&self.readers)
                .await
                .map_err(StoreError::from)?;
        let Some((step, state, file)) = saved else { return Ok(None) };
        let state = match file {
            Some(name) => {
                let folder = self.checkpoints.clone();
                blocking(move || match folder.read(&name) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    read => read.map(Some),
                })
                .await?
                .ok_or(Unread::Gone)?
            }
            // of a version that kept it in the row
            None => state,
        };
        Ok(Some(Checkpoint { step, state }))
    }

    /// Removes files of checkpoints that no trial needs.
    ///
    /// # Errors
    /// When the database or the folder cannot be read.
    pub(super) async fn sweep_checkpoints(&self) -> Result<(), StoreError> {
        let named = sqlx::query_scalar("select file from checkpoints where file is not null")
            .fetch_all(&self.readers)
            .await?;
        let folder = self.checkpoints.clone();
        blocking(move || folder.keep_only(&named)).await
    }
}

/// Why a checkpoint was not read.
enum Unread {
    /// The file that the row names is not there.
    Gone,
    Store(StoreError),
}

impl From<StoreError> for Unread {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Files are written and read off the runtime.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    let unavailable =
        |error: &dyn std::fmt::Display| StoreError::Unavailable(format!("a checkpoint: {error}"));
    done.map_err(|error| unavailable(&error))?.map_err(|error| unavailable(&error))
}
