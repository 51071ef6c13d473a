//! Rows of the store as clients see them.

use std::str::FromStr;

use jiff::Timestamp;
use serde_json::Value;

use super::super::Service;
use crate::api::{JobDetail, JobView, Links, Origin, Progress, RunningTrial, Stated, TrialsByState};
use crate::job::JobId;
use crate::store::JobRow;

/// The job as it stands now.
pub fn view(service: &Service, row: &JobRow) -> JobView {
    let running = if row.counts.running > 0 { (service.progress)(row.id) } else { Vec::new() };
    with_running(service, row, &running)
}

/// The job as it stands now, with its spec; `None` when a part of it cannot be read.
pub fn detail(service: &Service, row: &JobRow) -> Option<JobDetail> {
    let running = (service.progress)(row.id);
    Some(JobDetail {
        job: with_running(service, row, &running),
        running,
        plan: serde_json::from_str(&row.plan_json).ok()?,
        spec: Value::from_str(&row.spec_json).ok()?,
    })
}

fn with_running(service: &Service, row: &JobRow, running: &[RunningTrial]) -> JobView {
    JobView {
        id: row.id,
        name: row.name.clone(),
        tags: row.tags.clone(),
        notes: row.notes.clone(),
        kind: row.kind(),
        origin: row.origin.zip(row.relation).map(|(id, relation)| Origin { id, relation }),
        state: row.state,
        priority: row.priority,
        paused_at: row.paused_ms.filter(|_| !row.state.is_terminal()).map(timestamp),
        note: note(row),
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
        stated: stated(row),
        headline: row.headline_json.as_deref().and_then(|json| serde_json::from_str(json).ok()),
        links: links(row.id),
    }
}

fn note(row: &JobRow) -> Option<String> {
    if row.differing > 0 {
        let detail = format!(
            "{} trials gave other digests than before: reports are not reproducible here",
            row.differing
        );
        return Some(detail);
    }
    row.state.note().map(str::to_owned)
}

fn stated(row: &JobRow) -> Stated {
    let is_before = row.known_before == 0;
    Stated {
        spec_digest: row.spec_digest.as_ref().map(ToString::to_string),
        trials_known_before: row.known_before,
        claims_before_looking: (row.spec_digest.is_some() && row.claims > 0).then_some(is_before),
    }
}

fn links(id: JobId) -> Links {
    let itself = format!("/v1/jobs/{id}");
    let part = |name| format!("{itself}/{name}");
    Links {
        events: part("events"),
        results: part("results"),
        trials: part("trials"),
        analysis: part("analysis"),
        figure: part("figure.svg"),
        cancel: part("cancel"),
        pause: part("pause"),
        resume: part("resume"),
        calibration: "/v1/calibration".to_owned(),
        itself,
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
    // nobody knows when it goes on
    let is_going = row.paused_ms.is_none();
    let elapsed = row.started_ms.map(|start| (now_ms - start).max(0) as f64 / 1000.0);
    let eta_seconds = elapsed.filter(|_| fraction > 0.0 && is_going).map(|s| s * (1.0 - fraction) / fraction);
    Progress { fraction, eta_seconds }
}

/// A moment as RFC 3339.
pub fn timestamp(milliseconds: i64) -> String {
    Timestamp::from_millisecond(milliseconds).unwrap_or_default().to_string()
}
