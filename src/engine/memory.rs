//! Memory of running trials: each reserves what it needs before it starts, so that all together stay
//! within a budget.
//!
//! Trials that do not fit now are passed over in favour of smaller ones, but not for long: once the
//! first of the queue has been passed over for [`PATIENCE`], a worker claims it and waits, and nobody
//! else reserves anything before it runs.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::job::JobId;

/// How long smaller trials may pass over the first of the queue.
const PATIENCE: Duration = Duration::from_secs(10);

/// A budget of bytes that running trials share. Clones share it.
#[derive(Debug, Clone)]
pub struct Memory(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    budget: u64,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    reserved: u64,
    /// Who waits for room, in order, each with a number of its own.
    waiting: VecDeque<u64>,
    next: u64,
    /// The first trial of the queue, since when it has been passed over.
    passed_over: Option<((JobId, u32), Instant)>,
}

/// Bytes that a trial holds until this is dropped.
#[derive(Debug)]
pub struct Reservation {
    memory: Memory,
    bytes: u64,
}

/// A place in the line of those who wait for room, until this is dropped.
#[derive(Debug)]
pub struct Waiting {
    memory: Memory,
    number: u64,
}

impl Memory {
    /// Nothing is reserved of so many bytes.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        Self(Arc::new(Shared { budget, state: Mutex::default(), changed: Notify::new() }))
    }

    /// Bytes that all running trials may hold together.
    #[must_use]
    pub fn budget(&self) -> u64 {
        self.0.budget
    }

    /// Bytes that running trials have reserved.
    #[must_use]
    pub fn reserved(&self) -> u64 {
        self.lock().reserved
    }

    /// Claimed trials that wait for room.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    /// What a trial may need that a worker claims at this time: no trial while an earlier one waits, and
    /// any where nothing is reserved or the first of the queue has been passed over for long.
    #[must_use]
    pub fn room(&self, now: Instant) -> Option<u64> {
        let state = self.lock();
        if !state.waiting.is_empty() {
            return None;
        }
        let is_due = state.passed_over.is_some_and(|(_, since)| now.duration_since(since) >= PATIENCE);
        Some(if is_due || state.reserved == 0 {
            u64::MAX
        } else {
            self.0.budget.saturating_sub(state.reserved)
        })
    }

    /// Notes what was passed over in favour of a trial that was claimed at this time.
    pub fn note(&self, passed_over: Option<(JobId, u32)>, now: Instant) {
        let mut state = self.lock();
        state.passed_over = passed_over.map(|trial| match state.passed_over {
            Some((known, since)) if known == trial => (known, since),
            _ => (trial, now),
        });
    }

    /// Takes a place in the line.
    #[must_use]
    pub fn line_up(&self) -> Waiting {
        let mut state = self.lock();
        let number = state.next;
        state.next += 1;
        state.waiting.push_back(number);
        Waiting { memory: self.clone(), number }
    }

    /// Waits until somebody reserves less or no longer waits; misses nothing that comes after the call.
    pub fn changed(&self) -> Notified<'_> {
        self.0.changed.notified()
    }

    /// The state is whole after every statement under the lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Reserves so many bytes if it is this one's turn and they are free. Nothing else being reserved,
    /// more than the budget are too.
    #[must_use]
    pub fn reserve(&self, bytes: u64) -> Option<Reservation> {
        let budget = self.memory.0.budget;
        let mut state = self.memory.lock();
        let fits = state.reserved == 0 || state.reserved.saturating_add(bytes) <= budget;
        if state.waiting.front() != Some(&self.number) || !fits {
            return None;
        }
        state.reserved = state.reserved.saturating_add(bytes);
        drop(state);
        Some(Reservation { memory: self.memory.clone(), bytes })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.memory.lock().waiting.retain(|number| *number != self.number);
        self.memory.0.changed.notify_waiters();
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut state = self.memory.lock();
        state.reserved = state.reserved.saturating_sub(self.bytes);
        drop(state);
        self.memory.0.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reservations_stay_within_the_budget_and_in_line() {
        let memory = Memory::new(100);
        let first = memory.line_up().reserve(60).expect("all is free");
        let (large, small) = (memory.line_up(), memory.line_up());
        assert!(large.reserve(50).is_none());
        assert!(small.reserve(10).is_none(), "the large one stands before it");
        assert_eq!((memory.reserved(), memory.waiting(), memory.room(Instant::now())), (60, 2, None));
        drop(first);
        let second = large.reserve(50).expect("there is room");
        drop(large);
        assert_eq!(memory.reserved(), 50);
        assert!(small.reserve(51).is_none());
        let third = small.reserve(50);
        assert!(third.is_some());
        drop((small, second, third));
        assert_eq!((memory.reserved(), memory.waiting()), (0, 0));
    }

    #[test]
    fn what_was_passed_over_for_long_is_claimed_whatever_is_free() {
        let memory = Memory::new(100);
        let _held = memory.line_up().reserve(70);
        let (start, trial) = (Instant::now(), (JobId::at(1), 7));
        assert_eq!(memory.room(start), Some(30));
        memory.note(Some(trial), start);
        memory.note(Some(trial), start + PATIENCE / 2);
        assert_eq!(memory.room(start + PATIENCE / 2), Some(30));
        assert_eq!(memory.room(start + PATIENCE), Some(u64::MAX));
        // another one is the first now
        memory.note(Some((JobId::at(2), 0)), start + PATIENCE);
        assert_eq!(memory.room(start + PATIENCE), Some(30));
        memory.note(None, start + PATIENCE);
        assert_eq!(memory.room(start + 3 * PATIENCE), Some(30));
    }
}
