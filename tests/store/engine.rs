//! The local engine with a runner that does what a test tells it to.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use bitgauge::engine::{Control, Finished, LocalEngine, Options, Runner};
use bitgauge::job::{JobId, JobState};
use bitgauge::store::{ClaimedTrial, Clock, Store};

use super::{create, reported};

type Behaviour = dyn Fn(&ClaimedTrial, &mut dyn Control) -> Finished + Send + Sync;

struct Stand {
    behaviour: Box<Behaviour>,
    headlines: Mutex<Vec<JobId>>,
}

impl Runner for Stand {
    fn run(&self, trial: &ClaimedTrial, control: &mut dyn Control) -> Finished {
        (self.behaviour)(trial, control)
    }

    fn headline(&self, job: JobId) -> Option<String> {
        self.headlines.lock().unwrap().push(job);
        Some("{}".into())
    }
}

fn stand(
    behaviour: impl Fn(&ClaimedTrial, &mut dyn Control) -> Finished + Send + Sync + 'static,
) -> Arc<Stand> {
    Arc::new(Stand { behaviour: Box::new(behaviour), headlines: Mutex::default() })
}

fn options(workers: usize) -> Options {
    Options { workers, ..Options::default() }
}

async fn open(directory: &tempfile::TempDir) -> Store {
    Store::open(directory.path(), Clock::system()).await.unwrap()
}

/// Waits for the job's end by its events.
async fn end_of(store: &Store, job: JobId) -> JobState {
    let mut happened = store.subscribe();
    let wait = async {
        loop {
            let row = store.job(job).await.unwrap().unwrap();
            if row.state.is_terminal() {
                return row.state;
            }
            let _ = happened.recv().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.expect("the job ends")
}

/// Steps until it is told to stop.
fn endless(_: &ClaimedTrial, control: &mut dyn Control) -> Finished {
    for step in 0.. {
        if control.step(step, u64::MAX, &|| None).is_break() {
            break;
        }
        std::thread::yield_now();
    }
    Finished::Stopped
}

#[tokio::test(flavor = "multi_thread")]
async fn trials_run_at_the_same_time_and_each_once() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    let (barrier, runs) = (Arc::new(Barrier::new(2)), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&runs);
    let runner = stand(move |_, _| {
        // passes only if two workers are here together
        barrier.wait();
        counted.fetch_add(1, Ordering::Relaxed);
        Finished::Completed(reported("x"))
    });
    let engine = LocalEngine::start(store.clone(), runner.clone(), options(2)).await.unwrap();
    let job = create(&store, "pairs", 8).await.id;
    assert_eq!(end_of(&store, job).await, JobState::Succeeded);
    engine.stop().await;
    assert_eq!(runs.load(Ordering::Relaxed), 8);
    assert_eq!(*runner.headlines.lock().unwrap(), [job]);
    assert_eq!(store.job(job).await.unwrap().unwrap().headline_json.as_deref(), Some("{}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_fails_its_trial_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    let runner = stand(|trial, _| {
        assert!(trial.lease.number != 1, "a fault of a trial");
        Finished::Completed(reported("x"))
    });
    let engine = LocalEngine::start(store.clone(), runner, options(1)).await.unwrap();
    let job = create(&store, "panic", 3).await.id;
    assert_eq!(end_of(&store, job).await, JobState::Failed);
    let counts = store.job(job).await.unwrap().unwrap().counts;
    assert_eq!((counts.succeeded, counts.failed), (2, 1));
    assert!(store.trials(job).await.unwrap()[1].detail.as_deref().unwrap().starts_with("panicked"));
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_trial_fails_and_a_cancelled_one_frees_its_worker() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    let runner = stand(|trial, control| {
        if trial.attempt > 0
            && control.step(0, 1, &|| None) == ControlFlow::Continue(())
            && trial.lease.number == 0
        {
            control.limit(0.001);
        }
        endless(trial, control)
    });
    let engine = LocalEngine::start(store.clone(), runner, options(1)).await.unwrap();
    let late = create(&store, "late", 1).await.id;
    assert_eq!(end_of(&store, late).await, JobState::Failed);
    assert!(store.trials(late).await.unwrap()[0].detail.as_deref().unwrap().contains("trial_seconds"));
    engine.stop().await;

    let engine = LocalEngine::start(store.clone(), stand(endless), options(1)).await.unwrap();
    let first = create(&store, "first", 1).await.id;
    let mut happened = store.subscribe();
    while store.job(first).await.unwrap().unwrap().state != JobState::Running {
        let _ = happened.recv().await;
    }
    store.cancel_job(first).await.unwrap();
    let second = create(&store, "second", 1).await.id;
    while store.job(second).await.unwrap().unwrap().state != JobState::Running {
        let _ = happened.recv().await;
    }
    // stopping gives the running trial back, unharmed
    engine.stop().await;
    let row = store.job(second).await.unwrap().unwrap();
    assert_eq!((row.counts.queued, row.counts.running), (1, 0));
    assert_eq!(store.trials(second).await.unwrap()[0].attempt, 0);
}
