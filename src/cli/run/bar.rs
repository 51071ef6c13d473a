//! The progress bar on standard error; silent where that is no terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::app::App;
use crate::job::JobId;
use crate::store::{JobRow, StoreError};

const REDRAW: Duration = Duration::from_millis(200);
/// Parts into which the bar divides a trial.
const PARTS: u64 = 1000;

/// Shows how far a job is until it has ended.
pub async fn until_the_end(app: &App, id: JobId) -> Result<JobRow, StoreError> {
    let mut happened = app.store.subscribe();
    let live = app.engine.live();
    let style = ProgressStyle::with_template("{wide_bar} {msg} {elapsed} (eta {eta})")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::no_length().with_style(style);
    let mut redraw = tokio::time::interval(REDRAW);
    loop {
        let row = app.store.job(id).await?.ok_or(StoreError::NotFound)?;
        let counts = row.counts;
        let ended = u64::try_from(counts.trials - counts.queued - counts.running).unwrap_or_default();
        let partly: u64 = live.of_job(id).iter().map(|trial| trial.done * PARTS / trial.of.max(1)).sum();
        bar.set_length(u64::try_from(counts.trials).unwrap_or_default() * PARTS);
        bar.set_position(ended * PARTS + partly);
        bar.set_message(format!("{ended}/{} trials", counts.trials));
        if row.state.is_terminal() {
            bar.finish_and_clear();
            return Ok(row);
        }
        // at most one read of the store in each tick, and none before it
        redraw.tick().await;
        while !bar.is_hidden() && happened.try_recv().is_ok() {}
        if bar.is_hidden() {
            // nobody looks: wait for the next thing that happens
            let _ = happened.recv().await;
        }
    }
}
