//! Waiting for a job's end, by what is stored and not by what is told of it.

use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;

use super::{Hint, JobRow, Store, StoreError};
use crate::job::JobId;

/// Without a hint, the store is looked at this often: hints may be lost.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Store {
    /// The job once it has ended.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such job, [`StoreError::Closed`] when the store
    /// was closed first, or when the database cannot be read.
    pub async fn ended(&self, id: JobId) -> Result<JobRow, StoreError> {
        // before looking, so that an end in between is not missed
        let mut happened = self.subscribe();
        loop {
            let row = self.job(id).await?.ok_or(StoreError::NotFound)?;
            if row.state.is_terminal() {
                return Ok(row);
            }
            let settled = async {
                loop {
                    match happened.recv().await {
                        Ok(event) if event.job == id && event.hint == Hint::Settled => return Ok(()),
                        Ok(event)
                            if event.job == id && matches!(event.hint, Hint::Cancelled | Hint::Deleted) =>
                        {
                            return Ok(());
                        }
                        Ok(_) => {}
                        Err(RecvError::Lagged(_)) => return Ok(()),
                        Err(RecvError::Closed) => return Err(StoreError::Closed),
                    }
                }
            };
            if let Ok(Err(closed)) = tokio::time::timeout(LOOK_AGAIN, settled).await {
                return Err(closed);
            }
        }
    }
}
