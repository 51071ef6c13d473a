//! `bitgauge cancel`, `pause`, `resume`, `retry`, `delete`: what changes a job.

use clap::Args;

use super::super::terminal::{SUCCESS, print};
use super::{OneJob, print_json, state_of};
use crate::api::JobView;
use crate::client::Method;

#[derive(Debug, Args)]
pub struct Cancel {
    #[command(flatten)]
    one: OneJob,
}

#[derive(Debug, Args)]
pub struct Pause {
    #[command(flatten)]
    one: OneJob,
}

#[derive(Debug, Args)]
pub struct Resume {
    #[command(flatten)]
    one: OneJob,
}

#[derive(Debug, Args)]
pub struct Retry {
    #[command(flatten)]
    one: OneJob,
}

#[derive(Debug, Args)]
pub struct Delete {
    #[command(flatten)]
    one: OneJob,
    /// Cancel the job first if it has not ended
    #[arg(long)]
    force: bool,
}

impl Cancel {
    pub fn run(self) -> anyhow::Result<u8> {
        post(&self.one, "cancel")
    }
}

impl Pause {
    pub fn run(self) -> anyhow::Result<u8> {
        post(&self.one, "pause")
    }
}

impl Resume {
    pub fn run(self) -> anyhow::Result<u8> {
        post(&self.one, "resume")
    }
}

impl Retry {
    pub fn run(self) -> anyhow::Result<u8> {
        post(&self.one, "retry")
    }
}

impl Delete {
    pub fn run(self) -> anyhow::Result<u8> {
        let (client, path) = self.one.find()?;
        let query = if self.force { "?force=true" } else { "" };
        client.send_only(Method::DELETE, &format!("{path}{query}"))?;
        Ok(SUCCESS)
    }
}

fn post(one: &OneJob, action: &str) -> anyhow::Result<u8> {
    let (client, path) = one.find()?;
    let job: JobView = client.send_json(Method::POST, &format!("{path}/{action}"), None, &[])?;
    if one.remote.json {
        print_json(&job)?;
    } else {
        print(format!("{}: {}\n", job.id, state_of(&job)).as_bytes())?;
    }
    Ok(SUCCESS)
}
