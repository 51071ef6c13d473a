//! Jobs as clients see them.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Analysis;
use crate::evaluation::{CellResult, Headline};
use crate::job::{JobId, JobState};
use crate::spec::admission::Plan;

/// A job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobView {
    /// Unique id of the job (`UUIDv7`).
    pub id: JobId,
    /// A name for people; need not be unique.
    pub name: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Where it stands.
    pub state: JobState,
    /// Its trials by state.
    pub trials: TrialsByState,
    /// How far it is.
    pub progress: Progress,
    /// When it was accepted (RFC 3339).
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
    /// When its first trial started.
    #[schemars(extend("format" = "date-time"))]
    pub started_at: Option<String>,
    /// When it ended.
    #[schemars(extend("format" = "date-time"))]
    pub finished_at: Option<String>,
    /// Its capacity, once it has ended.
    pub headline: Option<Headline>,
    /// Where its parts are.
    pub links: Links,
}

/// A job with its spec.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobDetail {
    /// The job.
    #[serde(flatten)]
    pub job: JobView,
    /// Trials that run now.
    pub running: Vec<RunningTrial>,
    /// What it was expected to cost.
    pub plan: Plan,
    /// The spec as it was sent.
    pub spec: Value,
}

/// A job that ended while its client waited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FinishedJob<'a> {
    /// The job.
    pub job: JobView,
    /// What was measured in each cell.
    pub results: Cow<'a, [CellResult]>,
    /// What the cells say together.
    pub analysis: Analysis<'a>,
}

/// Trials of a job by state.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrialsByState {
    /// All of them.
    pub total: i64,
    /// Those that wait for a worker.
    pub queued: i64,
    /// Those that a worker runs.
    pub running: i64,
    /// Those that ended with a report.
    pub succeeded: i64,
    /// Those whose training left the finite numbers.
    pub diverged: i64,
    /// Those that ended without a result.
    pub failed: i64,
    /// Those that were cancelled before they ended.
    pub cancelled: i64,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Progress {
    /// From 0 to 1: trials that ended and the steps of those that run.
    pub fraction: f64,
    /// Seconds to the end at the speed so far.
    pub eta_seconds: Option<f64>,
}

/// Where the parts of a job are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Links {
    /// The job itself.
    #[serde(rename = "self")]
    pub itself: String,
    /// What happens to it, as a stream.
    pub events: String,
    /// What was measured.
    pub results: String,
    /// Every trial.
    pub trials: String,
    /// What the cells say together.
    pub analysis: String,
    /// The results as a picture.
    pub figure: String,
    /// Where a POST cancels it.
    pub cancel: String,
    /// The certificate of the build that measures.
    pub calibration: String,
}

/// One page of jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobList {
    /// The jobs.
    pub items: Vec<JobView>,
    /// Where the next page begins; `null` on the last.
    pub next_cursor: Option<String>,
}

/// A trial that runs now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunningTrial {
    /// Its number in the job.
    pub trial: u32,
    /// Training steps done.
    pub step: u64,
    /// Training steps in all; 0 before the first.
    pub steps: u64,
}
