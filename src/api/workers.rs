//! Workers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::job::JobId;

/// All workers that run trials of this server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkerList {
    /// The workers, by name.
    pub items: Vec<WorkerView>,
    /// Memory that running trials of the server share.
    pub memory: MemoryView,
    /// What goes over NATS; `null` where the server was started without `--nats`.
    pub nats: Option<NatsView>,
}

/// What goes over NATS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NatsView {
    /// Whether the NATS server can be reached.
    pub connected: bool,
    /// Version of the NATS server; `null` before it was reached.
    pub server_version: Option<String>,
    /// Trials that are published and that no worker took yet.
    pub published_trials: u64,
    /// Trials that remote workers have taken.
    pub taken_trials: u64,
    /// Results that were taken since the server started.
    pub results_total: u64,
    /// Messages that could not be understood since the server started.
    pub garbled_total: u64,
}

/// Memory that running trials share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemoryView {
    /// Bytes that all running trials may hold together (`--memory`); no trial that needs more is admitted.
    pub budget_bytes: u64,
    /// Bytes that running trials have reserved: their estimates.
    pub reserved_bytes: u64,
    /// Claimed trials that wait until enough is free.
    pub waiting_trials: u32,
}

/// A worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkerView {
    /// Name of the worker.
    pub name: String,
    /// Where the worker runs.
    pub place: WorkerPlace,
    /// Name of the machine of a remote worker; `null` for a thread of the server.
    pub host: Option<String>,
    /// Version of bitgauge that the worker runs.
    pub version: String,
    /// Identifier of the arithmetic that the worker computes with.
    pub numeric_profile: String,
    /// Instruction set that the worker uses; it decides the speed and never a bit.
    pub instruction_set: String,
    /// Number of trials that the worker runs at the same time.
    pub slots: u32,
    /// Trials that the worker is running.
    pub running: Vec<WorkerTrial>,
    /// Number of trials that the worker ended within the last hour.
    pub trials_last_hour: u64,
    /// Trials an hour, over the last hour or the time since the worker started; `null` within the
    /// first second.
    pub trials_per_hour: Option<f64>,
    /// When the worker last gave a sign of life (RFC 3339, UTC).
    #[schemars(extend("format" = "date-time"))]
    pub last_seen_at: String,
    /// Why the server gives the worker no trials: another arithmetic or another version; `null` where it does.
    pub refused: Option<String>,
    /// The last message that the worker could not understand, and why; `null` where there was none.
    pub fault: Option<String>,
    /// Number of results of the worker that differ from those that others gave for the same trial.
    pub alarms: u64,
}

/// Where a worker runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkerPlace {
    /// A thread of the server.
    Local,
    /// A process elsewhere, which takes trials over NATS (`bitgauge worker`).
    Remote,
}

/// A trial that a worker is running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkerTrial {
    /// Id of the job.
    pub job: JobId,
    /// Number of the trial in its job, from 0.
    pub trial: u32,
    /// Completed training steps.
    pub step: u64,
    /// Total training steps; 0 before the first step.
    pub steps: u64,
}
