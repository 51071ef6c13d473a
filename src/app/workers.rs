//! Who works for this server, here and elsewhere, as clients see it.

use jiff::{SignedDuration, Timestamp};

use crate::api::{MemoryView, NatsView, RunningTrial, WorkerPlace, WorkerTrial, WorkerView};
use crate::engine::{Live, Memory, Roster, WorkerStatus};
use crate::job::JobId;
use crate::nats::{Counts, Fleet, Member, Task};
use crate::science::kernel::isa::Isa;
use crate::science::trial::NUMERIC_PROFILE;
use crate::store::Clock;

/// Running trials of a job, as clients see them.
pub(super) fn running(live: &Live, job: JobId) -> Vec<RunningTrial> {
    let running = live.of_job(job).into_iter();
    running.map(|p| RunningTrial { trial: p.trial, step: p.done, steps: p.of }).collect()
}

/// Those that run elsewhere.
pub(super) fn running_elsewhere(fleet: &Fleet, job: JobId) -> impl Iterator<Item = RunningTrial> + use<> {
    let running = fleet.running(job).into_iter();
    running.map(|task| RunningTrial { trial: task.lease.number, step: task.step, steps: task.steps })
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
        host: None,
        refused: None,
        fault: None,
        alarms: 0,
    }
}

/// The workers elsewhere, as clients see them.
pub(super) fn remote(fleet: &Fleet, clock: &Clock) -> Vec<WorkerView> {
    let now = Timestamp::from_millisecond(clock.now_ms()).unwrap_or_default();
    let view = |member: Member| {
        let Member { sign, seen, refused, alarms } = member;
        let ago = SignedDuration::try_from(seen.elapsed()).ok();
        let hours = sign.observed_seconds / 3600.0;
        let task =
            |t: &Task| WorkerTrial { job: t.lease.job, trial: t.lease.number, step: t.step, steps: t.steps };
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let ended = sign.ended_last_hour as f64;
        WorkerView {
            name: sign.worker,
            place: WorkerPlace::Remote,
            version: sign.version,
            numeric_profile: sign.numeric_profile,
            instruction_set: sign.instruction_set,
            slots: sign.slots,
            running: sign.running.iter().map(task).collect(),
            trials_last_hour: sign.ended_last_hour,
            trials_per_hour: (sign.observed_seconds >= 1.0).then(|| ended / hours),
            last_seen_at: ago.and_then(|ago| now.checked_sub(ago).ok()).unwrap_or(now).to_string(),
            host: Some(sign.host),
            refused,
            fault: sign.fault,
            alarms,
        }
    };
    fleet.all().into_iter().map(view).collect()
}

/// What goes over NATS, as clients see it.
pub(super) fn nats(counts: Counts) -> NatsView {
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    NatsView {
        connected: counts.is_up,
        server_version: counts.server_version,
        published_trials: count(counts.in_stream),
        taken_trials: count(counts.at_workers),
        results_total: counts.results,
        garbled_total: counts.garbled,
    }
}
