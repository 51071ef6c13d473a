//! How the server is, found out in the background: whoever asks gets the last finding at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::engine::Roster;
use crate::store::Store;

/// Time between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// What takes longer than this does not answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// A finding that is older than this says nothing.
const OLDEST: Duration = Duration::from_secs(10);

/// What is wanted of a server that is ready.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Workers that should be there.
    pub(super) workers: usize,
    /// Bytes that should be free where the data are.
    pub(super) free_bytes: u64,
}

/// Looks at the server until it is dropped.
#[derive(Debug)]
pub(super) struct Monitor {
    last: Arc<Mutex<Finding>>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Finding {
    at: Instant,
    reasons: Vec<String>,
}

impl Monitor {
    /// Looks for the first time, and from then on in the background.
    pub(super) async fn start(store: Store, roster: Roster, wanted: Wanted) -> Self {
        let look = async move || Finding {
            at: Instant::now(),
            reasons: [
                storage(&store).await,
                free(&store, wanted.free_bytes),
                workers(&roster, wanted.workers),
            ]
            .into_iter()
            .flatten()
            .collect(),
        };
        let last = Arc::new(Mutex::new(look().await));
        let shared = Arc::clone(&last);
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(EVERY).await;
                let finding = look().await;
                let mut last = shared.lock().unwrap_or_else(PoisonError::into_inner);
                log_change(&last.reasons, &finding.reasons);
                *last = finding;
            }
        });
        Self { last, task }
    }

    /// Tells why the server is not ready; nothing where it is.
    pub(super) fn readiness(&self) -> impl Fn() -> Vec<String> + Send + Sync + use<> {
        let last = Arc::clone(&self.last);
        move || {
            let last = last.lock().unwrap_or_else(PoisonError::into_inner);
            let age = last.at.elapsed();
            if age > OLDEST {
                return vec![format!("the server has not looked at itself for {} s", age.as_secs())];
            }
            last.reasons.clone()
        }
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Each fault is logged once, and its end.
fn log_change(before: &[String], now: &[String]) {
    if before == now {
        return;
    }
    if now.is_empty() {
        tracing::info!("ready again");
    } else {
        tracing::error!(reasons = now.join("; "), "not ready");
    }
}

async fn storage(store: &Store) -> Option<String> {
    match tokio::time::timeout(PATIENCE, store.ping()).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("the database has not answered for {} s", PATIENCE.as_secs())),
    }
}

/// Jobs are refused before nothing can be stored any more.
fn free(store: &Store, wanted: u64) -> Option<String> {
    let free = store.free_bytes()?;
    (free < wanted).then(|| {
        format!(
            "{free} bytes are free where the data are, fewer than the {wanted} that --min-free-bytes wants"
        )
    })
}

fn workers(roster: &Roster, wanted: usize) -> Option<String> {
    let there = roster.all().len();
    (there < wanted).then(|| format!("{there} of {wanted} workers are there"))
}
