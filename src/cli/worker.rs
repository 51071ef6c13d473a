//! `bitgauge worker`: runs trials of a service on this machine.

use std::time::Duration;

use clap::Args;

use super::bytes;
use super::nats::NatsFlags;
use super::terminal::{SUCCESS, print, told_to_stop};
use crate::app::{Options, memory, remote};
use crate::job::JobId;
use crate::nats::Identity;

#[derive(Debug, Args)]
pub struct Worker {
    /// Address of NATS: `nats://HOST:4222`, or `tls://USER:PASSWORD@HOST` with a secret and TLS; several of one cluster with commas
    #[arg(long, env = "BITGAUGE_NATS", hide_env_values = true, value_name = "URL")]
    nats: String,
    #[command(flatten)]
    access: NatsFlags,
    /// Number of trials that run in parallel; the number of cores by default
    #[arg(long, env = "BITGAUGE_SLOTS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    slots: Option<u16>,
    /// Memory that all running trials may hold together, such as 8GiB; 0.6 of the control group's limit or of the machine's memory by default
    #[arg(long, env = "BITGAUGE_MEMORY", value_name = "BYTES", value_parser = bytes::parse)]
    memory: Option<u64>,
    /// Name of this machine, as the service shows it; the host name by default
    #[arg(long, env = "BITGAUGE_WORKER_NAME")]
    name: Option<String>,
    /// Seconds between two checkpoints of a running trial, from which it resumes after an interruption
    #[arg(long, env = "BITGAUGE_CHECKPOINT_SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    checkpoint_seconds: u64,
    /// Seconds without a sign of life after which a trial is given to another worker
    #[arg(long, env = "BITGAUGE_LEASE_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(2..=3600))]
    lease_seconds: u64,
}

impl Worker {
    pub async fn run(self) -> anyhow::Result<u8> {
        let endpoint = self.access.endpoint(&self.nats)?;
        let defaults = Options::default();
        let options = Options {
            workers: self.slots.map_or(defaults.workers, usize::from),
            checkpoint: Duration::from_secs(self.checkpoint_seconds),
            lease: Duration::from_secs(self.lease_seconds),
            memory: memory::budget(self.memory),
            isolate: true,
        };
        let host = self.name.unwrap_or_else(host_name);
        let worker = format!("{host}-{}", short(JobId::at(0)));
        tracing::info!(worker, nats = endpoint.shown(), slots = options.workers, "working");
        print(format!("bitgauge works as {worker} for {}\n", endpoint.shown()).as_bytes())?;
        let stop = async {
            if let Err(error) = told_to_stop().await {
                tracing::error!(%error, "cannot receive signals");
                std::future::pending::<()>().await;
            }
            tracing::info!("stopping: running trials are saved and given back");
        };
        remote::work(&endpoint, Identity { worker }, host, options, stop).await?;
        tracing::info!("stopped");
        Ok(SUCCESS)
    }
}

/// What tells processes of one machine apart.
fn short(id: JobId) -> String {
    let text = id.to_string();
    text[text.len() - 8..].to_owned()
}

fn host_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if name.is_empty() { "worker".to_owned() } else { name }
}
