//! `bitgauge serve`: the HTTP service.

mod limits;
mod tokens;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::bytes;
use super::nats::NatsFlags;
use super::terminal::{SUCCESS, print, told_to_stop};
use crate::app::{App, Options, Serving, memory};

#[derive(Debug, Args)]
pub struct Serve {
    /// Address and port to listen on
    #[arg(long, env = "BITGAUGE_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Directory of the database; created if it is missing
    #[arg(long, env = "BITGAUGE_DATA_DIR", default_value = "data")]
    data_dir: PathBuf,
    /// Show what the directory holds, which may be read-only, and change nothing: no job is accepted, no trial runs
    #[arg(long, env = "BITGAUGE_READ_ONLY")]
    read_only: bool,
    /// Number of trials that run in parallel; the number of cores by default
    #[arg(long, env = "BITGAUGE_WORKERS", value_parser = clap::value_parser!(u16).range(0..=1024))]
    workers: Option<u16>,
    /// Memory that all running trials may hold together, such as 8GiB; 0.6 of the control group's limit or of the machine's memory by default
    #[arg(long, env = "BITGAUGE_MEMORY", value_name = "BYTES", value_parser = bytes::parse)]
    memory: Option<u64>,
    /// Address of NATS, over which workers on other machines take trials (`bitgauge worker`); several of one cluster with commas
    #[arg(
        long,
        env = "BITGAUGE_NATS",
        hide_env_values = true,
        value_name = "URL",
        conflicts_with = "read_only"
    )]
    nats: Option<String>,
    #[command(flatten)]
    nats_access: NatsFlags,
    /// Seconds between two checkpoints of a running trial, from which it resumes after an interruption
    #[arg(long, env = "BITGAUGE_CHECKPOINT_SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    checkpoint_seconds: u64,
    /// Seconds without a sign of life after which a trial is given to another worker
    #[arg(long, env = "BITGAUGE_LEASE_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(2..=3600))]
    lease_seconds: u64,
    #[command(flatten)]
    tokens: tokens::TokenFlags,
    /// Allow requests from other machines without a token
    #[arg(long, env = "BITGAUGE_INSECURE_NO_AUTH")]
    insecure_no_auth: bool,
    /// Additional host names that the Host header of a request may carry
    #[arg(long = "allowed-host", env = "BITGAUGE_ALLOWED_HOSTS", value_delimiter = ',', value_name = "NAME")]
    allowed_hosts: Vec<String>,
    #[command(flatten)]
    limits: limits::LimitFlags,
}

impl Serve {
    pub async fn run(self) -> anyhow::Result<u8> {
        if !self.tokens.are_given() && !self.listen.ip().is_loopback() && !self.insecure_no_auth {
            bail!(
                "{} is reachable from other machines: set --token or --token-file, or --insecure-no-auth if access is restricted otherwise",
                self.listen
            );
        }
        let access = self.tokens.access(&self.allowed_hosts)?;
        let listener = TcpListener::bind(self.listen)
            .await
            .with_context(|| format!("cannot listen on {}", self.listen))?;
        let address = listener.local_addr()?;
        let defaults = Options::default();
        let options = Options {
            workers: self.workers.map_or(defaults.workers, usize::from),
            checkpoint: Duration::from_secs(self.checkpoint_seconds),
            lease: Duration::from_secs(self.lease_seconds),
            memory: memory::budget(self.memory),
            isolate: true,
        };
        let app = if self.read_only {
            App::read_only(&self.data_dir, options).await?
        } else {
            let nats = self.nats.as_deref().map(|url| self.nats_access.endpoint(url)).transpose()?;
            let app = match &nats {
                Some(nats) => App::with_workers_elsewhere(&self.data_dir, options, nats).await?,
                None => App::start(&self.data_dir, options).await?,
            };
            app.measure_speed().context("no thread to measure the speed")?;
            app
        };
        let (stop, stopping) = watch::channel(false);
        tokio::spawn(async move {
            if let Err(error) = told_to_stop().await {
                tracing::error!(%error, "cannot receive signals");
            }
            tracing::info!("stopping");
            let _ = stop.send(true);
        });
        tracing::info!(%address, data_dir = %self.data_dir.display(), read_only = self.read_only, "serving");
        print(format!("bitgauge serves http://{address}\n").as_bytes())?;
        let serving = Serving { access, http: self.limits.http(), admission: self.limits.admission() };
        app.serve(listener, serving, stopping).await?;
        tracing::info!("stopped");
        Ok(SUCCESS)
    }
}
