//! The store: laws of its states, what it promises about claims, and what it
//! refuses.

mod evaluations;
mod fixtures;
mod laws;
mod promises;
mod whole;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bitgauge::job::{JobId, Priority, TrialState};
use bitgauge::outcome::Digest;
use bitgauge::store::{Clock, Created, JobRow, NewJob, Store};
use bitgauge::work::Completion;

/// A clock that moves when told to.
#[derive(Clone, Default)]
struct Hands(Arc<AtomicI64>);

impl Hands {
    fn clock(&self) -> Clock {
        let hands = self.0.clone();
        Clock::new(move || hands.load(Ordering::Relaxed))
    }

    /// A steady clock of these hands under a wall clock of others.
    fn behind(&self, wall: &Self) -> Clock {
        let (wall, steady) = (wall.0.clone(), self.0.clone());
        Clock::of(move || wall.load(Ordering::Relaxed), move || steady.load(Ordering::Relaxed))
    }

    fn forward(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

fn new_job(name: &str, trials: u32) -> NewJob {
    NewJob {
        id: JobId::at(1_700_000_000_000),
        name: name.into(),
        tags: vec!["t".into()],
        spec_json: "{}".into(),
        plan_json: "{}".into(),
        trials,
        first_round: None,
        idempotency: None,
        spec_digest: Digest::of(b"{}"),
        claims: 0,
        derived: None,
        priority: Priority::Normal,
        trial_seconds: 1.0,
    }
}

async fn create(store: &Store, name: &str, trials: u32) -> JobRow {
    match store.create_job(new_job(name, trials)).await.unwrap() {
        Created::New(row) | Created::Replayed(row) => row,
    }
}

fn reported(digest: &str) -> Completion {
    Completion::Reported {
        state: TrialState::Succeeded,
        report: digest.into(),
        digest: Some(Digest::of(digest.as_bytes())),
        seconds: 0.5,
    }
}
