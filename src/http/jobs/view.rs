//! A job as clients see it.

use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::{RunningTrial, Service};
use crate::job::admission::Plan;
use crate::job::analysis::{Analysis, Headline};
use crate::job::results::CellResult;
use crate::job::{JobId, JobState};
use crate::store::JobRow;

/// A job.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct JobView {
    /// Its name for machines.
    pub id: JobId,
    /// Its name for people.
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
#[derive(Debug, Clone, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FinishedJob {
    /// The job.
    pub job: JobView,
    /// What was measured in each cell.
    pub results: Vec<CellResult>,
    /// What the cells say together.
    pub analysis: Analysis,
}

/// Trials of a job by state.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct TrialsByState {
    /// All of them.
    pub total: i64,
    pub queued: i64,
    pub running: i64,
    pub succeeded: i64,
    pub diverged: i64,
    pub failed: i64,
    pub cancelled: i64,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct Progress {
    /// From 0 to 1: trials that ended and the steps of those that run.
    pub fraction: f64,
    /// Seconds to the end at the speed so far.
    pub eta_seconds: Option<f64>,
}

/// Where the parts of a job are.
#[derive(Debug, Clone, Serialize, JsonSchema)]
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
    pub calibration: &'static str,
}

impl JobView {
    /// The job as it stands now.
    pub fn new(service: &Service, row: &JobRow) -> Self {
        let running = if row.counts.running > 0 { (service.progress)(row.id) } else { Vec::new() };
        Self::with_running(service, row, &running)
    }

    fn with_running(service: &Service, row: &JobRow, running: &[RunningTrial]) -> Self {
        Self {
            id: row.id,
            name: row.name.clone(),
            tags: row.tags.clone(),
            state: row.state,
            trials: TrialsByState {
                total: row.counts.trials,
                queued: row.counts.queued,
                running: row.counts.running,
                succeeded: row.counts.succeeded,
                diverged: row.counts.diverged,
                failed: row.counts.failed,
                cancelled: row.counts.cancelled,
            },
            progress: progress(row, running, service.store.clock().now_ms()),
            created_at: timestamp(row.created_ms),
            started_at: row.started_ms.map(timestamp),
            finished_at: row.finished_ms.map(timestamp),
            headline: row.headline_json.as_deref().and_then(|json| serde_json::from_str(json).ok()),
            links: Links::of(row.id),
        }
    }
}

impl JobDetail {
    /// The job as it stands now, with its spec.
    pub fn new(service: &Service, row: &JobRow) -> Option<Self> {
        let running = (service.progress)(row.id);
        Some(Self {
            job: JobView::with_running(service, row, &running),
            running,
            plan: serde_json::from_str(&row.plan_json).ok()?,
            spec: Value::from_str(&row.spec_json).ok()?,
        })
    }
}

impl Links {
    fn of(id: JobId) -> Self {
        let itself = format!("/v1/jobs/{id}");
        let part = |name| format!("{itself}/{name}");
        Self {
            events: part("events"),
            results: part("results"),
            trials: part("trials"),
            analysis: part("analysis"),
            figure: part("figure.svg"),
            cancel: part("cancel"),
            calibration: "/v1/calibration",
            itself,
        }
    }
}

/// Trials that ended and the steps of those that run, over all trials.
#[expect(clippy::cast_precision_loss, reason = "counts and times are far below 2^53")]
pub fn progress(row: &JobRow, running: &[RunningTrial], now_ms: i64) -> Progress {
    if row.state.is_terminal() {
        return Progress { fraction: 1.0, eta_seconds: None };
    }
    let ended = row.counts.trials - row.counts.queued - row.counts.running;
    let partly: f64 = running.iter().filter(|r| r.steps > 0).map(|r| r.step as f64 / r.steps as f64).sum();
    let fraction = ((ended as f64 + partly) / row.counts.trials as f64).min(1.0);
    let elapsed = row.started_ms.map(|start| (now_ms - start).max(0) as f64 / 1000.0);
    let eta_seconds = elapsed.filter(|_| fraction > 0.0).map(|s| s * (1.0 - fraction) / fraction);
    Progress { fraction, eta_seconds }
}

/// A moment as RFC 3339.
pub fn timestamp(milliseconds: i64) -> String {
    Timestamp::from_millisecond(milliseconds).unwrap_or_default().to_string()
}
