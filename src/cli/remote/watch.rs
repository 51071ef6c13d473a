//! `bitgauge watch`: how far a job is, until it ends.

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::super::terminal::{duration, print};
use super::{OneJob, code_of};
use crate::api::JobView;
use crate::client::{Client, ClientError};
use crate::job::event::END;

/// Parts into which the bar divides a job.
const PARTS: u64 = 10_000;

#[derive(Debug, Args)]
pub struct Watch {
    #[command(flatten)]
    one: OneJob,
}

impl Watch {
    pub fn run(self) -> anyhow::Result<u8> {
        let (client, path) = self.one.find()?;
        let ended = if self.one.remote.json {
            // one document a line, for scripts
            for event in client.events(&format!("{path}/events"))? {
                let (name, data) = event?;
                print(format!("{}\n", serde_json::json!({"event": name, "data": data})).as_bytes())?;
            }
            client.get(&path)?
        } else {
            let ended = until_the_end(&client, &path)?;
            print(format!("{}: {}\n", ended.id, ended.state).as_bytes())?;
            ended
        };
        if let Some(note) = &ended.note {
            eprintln!("bitgauge: {note}");
        }
        Ok(code_of(ended.state))
    }
}

/// Shows how far a job is until it has ended.
pub(super) fn until_the_end(client: &Client, path: &str) -> Result<JobView, ClientError> {
    let style = ProgressStyle::with_template("{wide_bar} {msg} {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(PARTS).with_style(style);
    loop {
        let job: JobView = client.get(path)?;
        show(&bar, &job);
        if job.state.is_terminal() {
            bar.finish_and_clear();
            return Ok(job);
        }
        // a stream may end early: when the service stops, and then it cannot be reached
        for event in client.events(&format!("{path}/events"))? {
            match event {
                Ok((name, _)) if name == END => break,
                Ok(_) if bar.is_hidden() => {}
                Ok(_) => show(&bar, &client.get(path)?),
                Err(_) => break,
            }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share from 0 to 1"
)]
fn show(bar: &ProgressBar, job: &JobView) {
    let trials = job.trials;
    let done = trials.total - trials.queued - trials.running;
    bar.set_position((PARTS as f64 * job.progress.fraction) as u64);
    let left = job.progress.eta_seconds.map_or(String::new(), |left| format!(", {} left", duration(left)));
    let paused = if job.paused_at.is_some() { ", paused" } else { "" };
    bar.set_message(format!("{done}/{} trials{paused}{left}", trials.total));
}
