//! Workers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::job::JobId;

/// All workers that run trials of this server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkerList {
    /// The workers, by name.
    pub items: Vec<WorkerView>,
    /// Memory that running trials share.
    pub memory: MemoryView,
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
}

/// Where a worker runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkerPlace {
    /// A thread of the server.
    Local,
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
