//! `bitgauge show`: a job with its results.

use std::io::Read;

use clap::Args;
use serde_json::Value;

use super::super::terminal::{duration, print};
use super::{OneJob, code_of, print_json, state_of};
use crate::api::JobView;
use crate::client::Client;

#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    one: OneJob,
}

impl Show {
    pub fn run(self) -> anyhow::Result<u8> {
        let (client, path) = self.one.find()?;
        let job: JobView = client.get(&path)?;
        if self.one.remote.json {
            print_json(&client.get::<Value>(&path)?)?;
            return Ok(code_of(job.state));
        }
        let left =
            job.progress.eta_seconds.map_or(String::new(), |left| format!(", {} left", duration(left)));
        eprintln!(
            "bitgauge: job {} {}: {:.0} %{left}",
            job.id,
            state_of(&job),
            100.0 * job.progress.fraction
        );
        if let Some(note) = &job.note {
            eprintln!("bitgauge: {note}");
        }
        report(&client, &path)?;
        Ok(code_of(job.state))
    }
}

/// Prints the table of a job as `run` does.
pub(super) fn report(client: &Client, path: &str) -> anyhow::Result<()> {
    let mut text = Vec::new();
    client.bytes(&format!("{path}/figure.txt"))?.read_to_end(&mut text)?;
    print(&text)
}
