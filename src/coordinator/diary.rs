//! The diary: one line for each job that is accepted and for each that ends, from the stored events. What
//! is told twice would be a second line: nothing here hangs on a hint.

use crate::job::JobId;
use crate::store::{FeedRow, JobRow, Store, StoreError};

use super::look::Look;

/// Events read at once.
const PAGE: u32 = 200;

/// Writes the lines of what was stored after an event.
pub(super) struct Diary {
    pub(super) store: Store,
    /// Number of the last event that was looked at.
    pub(super) after: i64,
}

impl Look for Diary {
    async fn look(&mut self) -> Result<(), StoreError> {
        let last = self.store.last_event_number().await?;
        loop {
            let events = self.store.beginnings_and_ends_after(self.after, PAGE).await?;
            for event in &events {
                let job = event.job.parse::<JobId>().ok();
                let row = match job {
                    Some(job) => self.store.job(job).await?,
                    None => None,
                };
                // of one that is deleted already nothing is left to tell
                if let Some(row) = row {
                    write(event, &row);
                }
                self.after = event.number;
            }
            if events.len() < PAGE as usize {
                // the many events between are not looked at again
                self.after = self.after.max(last);
                return Ok(());
            }
        }
    }
}

/// Names are logged as texts in quotes, whatever is in them.
fn write(event: &FeedRow, row: &JobRow) {
    let (name, trials) = (row.name.as_str(), row.counts.trials);
    if event.kind == "accepted" {
        tracing::info!(job = %row.id, name, trials, "a job was accepted");
        return;
    }
    #[expect(clippy::cast_precision_loss, reason = "times are far below 2^53")]
    let seconds = (event.at_ms - row.created_ms).max(0) as f64 / 1000.0;
    let state = serde_json::from_str::<serde_json::Value>(&event.data).ok();
    let state = state.as_ref().and_then(|data| data["state"].as_str());
    tracing::info!(job = %row.id, name, trials, state, seconds, "a job ended");
}
