//! Jobs as clients see them.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::evaluation::{Analysis, CellResult, Headline};
use crate::job::{JobId, JobState, Kind, Priority, Relation};
use crate::spec::admission::Plan;

/// A job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobView {
    /// Unique id of the job (`UUIDv7`).
    pub id: JobId,
    /// Name of the job; need not be unique.
    pub name: String,
    /// Tags; `GET /v1/jobs?tag=` filters by one of them.
    pub tags: Vec<String>,
    /// Notes of people on the job; empty until a PATCH sets them.
    pub notes: String,
    /// Whether somebody submitted the job or a calibration runs it.
    pub kind: Kind,
    /// The job from which this one was made, if any.
    pub origin: Option<Origin>,
    /// State of the job.
    pub state: JobState,
    /// How urgent the job is.
    pub priority: Priority,
    /// Since when the job has been paused (RFC 3339, UTC); `null` while it is not.
    #[schemars(extend("format" = "date-time"))]
    pub paused_at: Option<String>,
    /// What the state means for the results, where that is not plain; else `null`.
    pub note: Option<String>,
    /// Number of the job's trials by state.
    pub trials: TrialsByState,
    /// Progress of the job.
    pub progress: Progress,
    /// When the job was accepted (RFC 3339, UTC).
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
    /// When the first trial started (RFC 3339, UTC); `null` before.
    #[schemars(extend("format" = "date-time"))]
    pub started_at: Option<String>,
    /// When the job ended (RFC 3339, UTC); `null` before.
    #[schemars(extend("format" = "date-time"))]
    pub finished_at: Option<String>,
    /// What was stated before the first trial.
    pub stated: Stated,
    /// The estimated capacities, once the job has ended.
    pub headline: Option<Headline>,
    /// Paths of the job's resources.
    pub links: Links,
}

/// The job from which another one was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// Id of that job; it may have been deleted.
    pub id: JobId,
    /// How this job was made from it.
    pub relation: Relation,
}

/// What a job stated before its first trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stated {
    /// SHA-256 digest of the spec, claims included; stored when the job was accepted (`created_at`).
    pub spec_digest: Option<String>,
    /// Number of the job's ended trials whose like (data, network, training, estimators, seed and
    /// replicate) had ended here in another job before this one was accepted.
    pub trials_known_before: i64,
    /// Whether the claims count as stated before looking: no such trial; `null` without claims, or
    /// if the job is older than this record.
    pub claims_before_looking: Option<bool>,
}

/// A job with its spec.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobDetail {
    /// The job.
    #[serde(flatten)]
    pub job: JobView,
    /// Trials that are running.
    pub running: Vec<RunningTrial>,
    /// Estimated cost of the job, as computed when it was accepted.
    pub plan: Plan,
    /// The spec as it was sent.
    pub spec: Value,
}

/// A job that ended within the time that `Prefer: wait` allowed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FinishedJob<'a> {
    /// The job.
    pub job: JobView,
    /// Results of each cell.
    pub results: Cow<'a, [CellResult]>,
    /// Analyses over all cells, and the verdicts on the job's claims.
    pub analysis: Analysis<'a>,
}

/// Number of a job's trials by state.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrialsByState {
    /// All trials; a search adds more while it runs.
    pub total: i64,
    /// Trials that wait for a worker.
    pub queued: i64,
    /// Trials that a worker is running.
    pub running: i64,
    /// Trials that ended with measurements.
    pub succeeded: i64,
    /// Trials whose training diverged (a parameter or loss became infinite or NaN).
    pub diverged: i64,
    /// Trials that ended without a result; `detail` of a trial says why.
    pub failed: i64,
    /// Trials that were cancelled before they ended.
    pub cancelled: i64,
}

/// Progress of a job.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Progress {
    /// Completed fraction of the job's trials, 0 to 1; a running trial counts by its completed
    /// training steps.
    pub fraction: f64,
    /// Estimated seconds until the job ends, extrapolated from the time so far; `null` while
    /// unknown.
    pub eta_seconds: Option<f64>,
}

/// Paths of a job's resources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Links {
    /// The job.
    #[serde(rename = "self")]
    pub itself: String,
    /// Server-sent events of the job.
    pub events: String,
    /// Results of each cell.
    pub results: String,
    /// Every trial.
    pub trials: String,
    /// Analyses over all cells, and the verdicts on the job's claims.
    pub analysis: String,
    /// The results as a figure (SVG).
    pub figure: String,
    /// A POST to this path cancels the job.
    pub cancel: String,
    /// A POST to this path pauses the job.
    pub pause: String,
    /// A POST to this path lets a paused job go on.
    pub resume: String,
    /// The calibration certificate of this build.
    pub calibration: String,
}

/// One page of jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobList {
    /// The jobs.
    pub items: Vec<JobView>,
    /// Cursor of the next page; `null` on the last page.
    pub next_cursor: Option<String>,
    /// Number of jobs on all pages, if `count=true` asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// How many jobs were deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeletedJobs {
    /// Number of jobs that were deleted; of a dry run, that would be.
    pub jobs: u64,
    /// Whether nothing was deleted.
    pub dry_run: bool,
}

/// Changes of what a job is called and how urgent it is, as a merge patch (RFC 7396): what is left out stays, `null`
/// clears.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobPatch {
    /// New name, at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub name: Option<String>,
    /// New tags, at most 20 of 1 to 64 characters each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 20), inner(length(min = 1, max = 64)))]
    pub tags: Option<Vec<String>>,
    /// New notes, at most 20000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 20_000))]
    pub notes: Option<String>,
    /// New priority; `null` makes it normal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
}

/// A merge patch (RFC 7396) on the spec of a job.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SpecPatch(pub Map<String, Value>);

/// How many replicates a job is to have: `seeds` or `more`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtensionRequest {
    /// Number of replicates of each cell, those that the job has included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeds: Option<u32>,
    /// Number of replicates of each cell beyond those that the job has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more: Option<u32>,
}

/// A running trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunningTrial {
    /// Number of the trial in its job, from 0.
    pub trial: u32,
    /// Completed training steps.
    pub step: u64,
    /// Total training steps; 0 before the first step.
    pub steps: u64,
}
