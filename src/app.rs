//! The composition root: store, engine and HTTP put together. The only place
//! that knows them all.

mod calibrate;
pub mod runner;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::engine::LocalEngine;
pub use crate::engine::Options;
use crate::http::{self, Access, RunningTrial, Service};
use crate::job::admission::Limits;
use crate::store::{Clock, Store};
use runner::TrialRunner;

/// A store with an engine on it.
pub struct App {
    /// The store.
    pub store: Store,
    /// Who runs trials.
    pub engine: LocalEngine,
    /// What runs in each trial.
    pub runner: Arc<TrialRunner>,
}

impl App {
    /// Opens the data directory and starts the workers.
    ///
    /// # Errors
    /// When the directory cannot be used or belongs to another process.
    pub async fn start(data_dir: &Path, options: Options) -> anyhow::Result<Self> {
        let store = Store::open(data_dir, Clock::system()).await?;
        let runner = Arc::new(TrialRunner::new(store.clone()));
        let engine = LocalEngine::start(store.clone(), runner.clone(), options).await?;
        Ok(Self { store, engine, runner })
    }

    /// Serves HTTP until `stopping` turns true, then stops in order: no new
    /// connection, open ones drained, trials given back, log folded into the file.
    ///
    /// # Errors
    /// When the store cannot be closed properly.
    pub async fn serve(
        self,
        listener: TcpListener,
        access: Access,
        stopping: watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        let live = self.engine.live();
        let progress = move |job| {
            live.of_job(job)
                .into_iter()
                .map(|p| RunningTrial { trial: p.trial, step: p.done, steps: p.of })
                .collect()
        };
        let service =
            Service::new(self.store.clone(), Limits::default(), Arc::new(progress), access, stopping.clone());
        http::listen::serve(listener, http::router(service), stopping).await;
        self.stop().await
    }

    /// Stops the workers and closes the store.
    ///
    /// # Errors
    /// When the store cannot be closed properly.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.engine.stop().await;
        self.store.close().await.context("closing the store")
    }
}
