//! Who works for this server. Workers elsewhere will be in the same list.

use jiff::{SignedDuration, Timestamp};

use crate::api::{MemoryView, RunningTrial, WorkerPlace, WorkerTrial, WorkerView};
use crate::engine::{Live, Memory, Roster, WorkerStatus};
use crate::job::JobId;
use crate::science::kernel::isa::Isa;
use crate::science::trial::NUMERIC_PROFILE;
use crate::store::Clock;

/// Running trials of a job, as clients see them.
pub(super) fn running(live: &Live, job: JobId) -> Vec<RunningTrial> {
    let running = live.of_job(job).into_iter();
    running.map(|p| RunningTrial { trial: p.trial, step: p.done, steps: p.of }).collect()
}

/// The threads of this process, as clients see them.
pub(super) fn local(roster: &Roster, live: &Live, clock: &Clock) -> Vec<WorkerView> {
    let now_ms = clock.now_ms();
    roster.all().into_iter().map(|status| view(status, live, now_ms)).collect()
}

/// What running trials may hold and have reserved, as clients see it.
pub(super) fn memory(memory: &Memory) -> MemoryView {
    MemoryView {
        budget_bytes: memory.budget(),
        reserved_bytes: memory.reserved(),
        waiting_trials: u32::try_from(memory.waiting()).unwrap_or(u32::MAX),
    }
}

fn view(status: WorkerStatus, live: &Live, now_ms: i64) -> WorkerView {
    let running = status.running.and_then(|lease| {
        let found = running(live, lease.job).into_iter().find(|running| running.trial == lease.number)?;
        Some(WorkerTrial { job: lease.job, trial: found.trial, step: found.step, steps: found.steps })
    });
    let hours = status.observed.as_secs_f64() / 3600.0;
    let now = Timestamp::from_millisecond(now_ms).unwrap_or_default();
    let seen = SignedDuration::try_from(status.seen_ago).ok().and_then(|ago| now.checked_sub(ago).ok());
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let ended = status.ended_last_hour as f64;
    WorkerView {
        name: status.name,
        place: WorkerPlace::Local,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        numeric_profile: NUMERIC_PROFILE.to_owned(),
        instruction_set: Isa::detect().name().to_owned(),
        slots: 1,
        running: running.into_iter().collect(),
        trials_last_hour: status.ended_last_hour,
        trials_per_hour: (status.observed.as_secs() > 0).then(|| ended / hours),
        last_seen_at: seen.unwrap_or(now).to_string(),
    }
}
