//! The queue of a store keeps the contract.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bitgauge::job::{JobId, JobState, TrialState};
use bitgauge::outcome::Digest;
use bitgauge::spec::ValidJobSpec;
use bitgauge::store::{Clock, Created, NewJob, Store, StoreQueue};
use bitgauge::work::WorkQueue;

use super::contract::{Bench, contract};
use super::simulation::simulate_all;
use super::{id, job};

pub struct Stored {
    store: Store,
    now_ms: Arc<AtomicI64>,
    _directory: tempfile::TempDir,
}

impl Bench for Stored {
    type Queue = StoreQueue;

    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let now_ms = Arc::new(AtomicI64::new(1_700_000_000_000));
        let hands = Arc::clone(&now_ms);
        let clock = Clock::new(move || hands.load(Ordering::Relaxed));
        let store = Store::open(directory.path(), clock).await.unwrap();
        Self { store, now_ms, _directory: directory }
    }

    fn queue(&self) -> StoreQueue {
        StoreQueue::new(self.store.clone())
    }

    async fn add(&self, number: u64, spec: &ValidJobSpec, trials: u32) -> JobId {
        let new = NewJob { id: id(number), ..NewJob::of(spec, 0, None) };
        assert_eq!(new.trials, trials);
        let (Created::New(row) | Created::Replayed(row)) = self.store.create_job(new).await.unwrap();
        row.id
    }

    fn pass(&self, time: Duration) {
        self.now_ms.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }

    async fn cancel(&self, job: JobId) {
        self.store.cancel_job(job).await.unwrap();
    }

    async fn pause(&self, job: JobId) {
        assert!(self.store.pause_job(job).await.unwrap().paused_ms.is_some());
    }

    async fn resume(&self, job: JobId) {
        assert!(self.store.resume_job(job).await.unwrap().paused_ms.is_none());
    }

    async fn state(&self, job: JobId, number: u32) -> TrialState {
        self.store.trials(job).await.unwrap()[number as usize].state
    }

    async fn alarms(&self) -> usize {
        usize::try_from(self.store.digest_alarms().await.unwrap()).unwrap()
    }
}

contract!(Stored);

#[test]
fn whatever_happens_every_trial_ends_once() {
    simulate_all::<Stored>(0..8);
}

#[test]
#[ignore = "takes minutes"]
fn whatever_happens_every_trial_ends_once_nightly() {
    simulate_all::<Stored>(8..1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spec_that_nobody_reads_fails_its_trials_and_not_the_queue() {
    // of another version, and changed on the disk
    for (spec_digest, words) in [(Digest::of(b"{}"), "/dataset"), (Digest::of(b"other"), "another digest")] {
        let bench = Stored::new().await;
        let bad = id(1);
        let unreadable =
            NewJob { id: bad, spec_json: "{}".into(), spec_digest, ..NewJob::of(&job(2), 0, None) };
        bench.store.create_job(unreadable).await.unwrap();
        let good = bench.add(2, &job(1), 1).await;
        let claimed = bench.queue().claim("w", Duration::from_secs(1), u64::MAX).await.unwrap().unwrap();
        assert_eq!(claimed.lease.job, good, "the next job's trial comes instead");
        assert!(bench.queue().claim("w", Duration::from_secs(1), u64::MAX).await.unwrap().is_none());
        assert_eq!(bench.store.job(bad).await.unwrap().unwrap().state, JobState::Failed);
        let detail = bench.store.trials(bad).await.unwrap()[0].detail.clone().unwrap();
        assert!(detail.contains(words), "{detail}");
    }
}
