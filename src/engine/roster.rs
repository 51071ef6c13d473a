//! The roster: who works here, on what, how fast, and when each was last seen. In memory, so that
//! it costs nothing.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::work::Lease;

/// The time over which the pace is measured.
const HOUR: Duration = Duration::from_hours(1);

/// Ended trials are counted together that ended within so long.
const TOGETHER: Duration = Duration::from_secs(30);

/// The workers of an engine. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Roster(Arc<Mutex<BTreeMap<String, Entry>>>);

#[derive(Debug)]
struct Entry {
    since: Instant,
    seen: Instant,
    running: Option<Lease>,
    /// Ended trials of the last hour: when the first of some ended, and how many.
    ended: VecDeque<(Instant, u64)>,
}

/// How a worker stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerStatus {
    /// Name of the worker.
    pub name: String,
    /// The trial that it runs.
    pub running: Option<Lease>,
    /// Trials that it ended within the last hour.
    pub ended_last_hour: u64,
    /// How long it has been working, at most an hour.
    pub observed: Duration,
    /// How long ago it was last seen.
    pub seen_ago: Duration,
}

impl Roster {
    /// A worker is there and looks for work.
    pub(super) fn seen(&self, name: &str) {
        let now = Instant::now();
        let mut all = self.lock();
        if let Some(entry) = all.get_mut(name) {
            entry.seen = now;
        } else {
            let entry = Entry { since: now, seen: now, running: None, ended: VecDeque::new() };
            all.insert(name.to_owned(), entry);
        }
    }

    /// A worker works no more.
    pub(super) fn left(&self, name: &str) {
        self.lock().remove(name);
    }

    /// A worker begins a trial.
    pub(super) fn began(&self, name: &str, lease: Lease) {
        self.seen(name);
        if let Some(entry) = self.lock().get_mut(name) {
            entry.running = Some(lease);
        }
    }

    /// A worker is done with its trial.
    pub(super) fn ended(&self, name: &str) {
        self.seen(name);
        if let Some(entry) = self.lock().get_mut(name) {
            entry.running = None;
            entry.count(Instant::now());
        }
    }

    /// How all workers stand, by name.
    #[must_use]
    pub fn all(&self) -> Vec<WorkerStatus> {
        let now = Instant::now();
        let mut all = self.lock();
        let status = |(name, entry): (&String, &mut Entry)| {
            entry.forget(now);
            WorkerStatus {
                name: name.clone(),
                running: entry.running,
                ended_last_hour: entry.ended.iter().map(|(_, count)| count).sum(),
                observed: (now - entry.since).min(HOUR),
                seen_ago: now.saturating_duration_since(entry.seen),
            }
        };
        all.iter_mut().map(status).collect()
    }

    /// The map is whole after every statement under the lock, so a panic elsewhere cannot have
    /// broken it.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn count(&mut self, now: Instant) {
        self.forget(now);
        match self.ended.back_mut() {
            Some((first, count)) if now - *first < TOGETHER => *count += 1,
            _ => self.ended.push_back((now, 1)),
        }
    }

    fn forget(&mut self, now: Instant) {
        while self.ended.front().is_some_and(|(first, _)| now.saturating_duration_since(*first) > HOUR) {
            self.ended.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::JobId;

    #[test]
    fn a_worker_is_seen_with_its_trial_and_its_pace() {
        let roster = Roster::default();
        let lease = Lease { job: JobId::at(1), number: 3, epoch: 1 };
        roster.seen("b");
        roster.seen("a");
        roster.began("a", lease);
        let all = roster.all();
        assert_eq!(all.iter().map(|worker| worker.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((all[0].running, all[0].ended_last_hour, all[1].running), (Some(lease), 0, None));
        for _ in 0..1000 {
            roster.ended("a");
        }
        let worker = roster.all().remove(0);
        assert_eq!((worker.running, worker.ended_last_hour), (None, 1000));
        assert!(worker.seen_ago < Duration::from_mins(1));
        // counted together: the roster does not grow with the trials
        assert!(roster.lock()["a"].ended.len() <= 2);
    }

    #[test]
    fn what_ended_long_ago_does_not_count() {
        let Some(long_ago) = Instant::now().checked_sub(HOUR + Duration::from_mins(1)) else { return };
        let mut entry =
            Entry { since: long_ago, seen: long_ago, running: None, ended: [(long_ago, 7)].into() };
        entry.count(Instant::now());
        assert_eq!(entry.ended.iter().map(|(_, count)| count).sum::<u64>(), 1);
    }
}
