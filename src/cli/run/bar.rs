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
    let live = app.engine.live();
    let style = ProgressStyle::with_template("{wide_bar} {msg} {elapsed} (eta {eta})")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::no_length().with_style(style);
    if bar.is_hidden() {
        return app.store.ended(id).await; // nobody looks
    }
    let mut ended = std::pin::pin!(app.store.ended(id));
    let mut redraw = tokio::time::interval(REDRAW);
    loop {
        tokio::select! {
            row = &mut ended => {
                bar.finish_and_clear();
                return row;
            }
            _ = redraw.tick() => {}
        }
        let counts = app.store.job(id).await?.ok_or(StoreError::NotFound)?.counts;
        let over = u64::try_from(counts.trials - counts.queued - counts.running).unwrap_or_default();
        let partly: u64 = live.of_job(id).iter().map(|trial| trial.done * PARTS / trial.of.max(1)).sum();
        bar.set_length(u64::try_from(counts.trials).unwrap_or_default() * PARTS);
        bar.set_position(over * PARTS + partly);
        bar.set_message(format!("{over}/{} trials", counts.trials));
    }
}
