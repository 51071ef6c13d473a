//! The local engine on a queue in memory, with a runner that does what a test tells it to.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use bitgauge::engine::{LocalEngine, Options, Runner, Trainer};
use bitgauge::job::{JobId, TrialState};
use bitgauge::science::training::{Control, Interrupted};
use bitgauge::science::trial::{TrialReport, TrialSpec, Unfinished};
use bitgauge::work::memory::MemoryQueue;

use super::{id, job, large_job, report, specs};

type Behaviour = dyn Fn(&TrialSpec, &mut dyn Control) -> Result<TrialReport, Unfinished> + Send + Sync;

struct Stand(Box<Behaviour>);

impl Runner for Stand {
    fn run(&self, trial: &TrialSpec, control: &mut dyn Control) -> Result<TrialReport, Unfinished> {
        (self.0)(trial, control)
    }
}

fn stand(
    behaviour: impl Fn(&TrialSpec, &mut dyn Control) -> Result<TrialReport, Unfinished> + Send + Sync + 'static,
) -> Arc<Stand> {
    Arc::new(Stand(Box::new(behaviour)))
}

fn options(workers: usize) -> Options {
    Options { workers, ..Options::default() }
}

fn queue(number: u64, trials: u32, trial_seconds: f64) -> (MemoryQueue, JobId) {
    let (queue, id) = (MemoryQueue::default(), id(number));
    queue.add(id, specs(&job(trials), trials), trial_seconds);
    (queue, id)
}

async fn ended(queue: &MemoryQueue, job: JobId) {
    tokio::time::timeout(Duration::from_secs(30), queue.ended(job)).await.expect("the job ends");
}

/// Steps until it is told to stop.
fn endless(_: &TrialSpec, control: &mut dyn Control) -> Result<TrialReport, Unfinished> {
    for step in 0.. {
        if control.step(step, u64::MAX, &|| None).is_break() {
            break;
        }
        std::thread::yield_now();
    }
    Err(Interrupted.into())
}

#[tokio::test(flavor = "multi_thread")]
async fn trials_run_at_the_same_time_and_each_once() {
    let (barrier, runs) = (Arc::new(Barrier::new(2)), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&runs);
    let runner = stand(move |_, _| {
        // passes only if two workers are here together
        barrier.wait();
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(report(1.0))
    });
    let (queue, job) = queue(1, 8, 60.0);
    let engine = LocalEngine::start(queue.clone(), runner, options(2)).unwrap();
    ended(&queue, job).await;
    engine.stop().await;
    assert_eq!(runs.load(Ordering::Relaxed), 8);
    assert!((0..8).all(|number| queue.state(job, number) == Some(TrialState::Succeeded)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_fails_its_trial_and_nothing_else() {
    let runner = stand(|trial, _| {
        assert!(trial.replicate != 1, "a fault of a trial");
        Ok(report(1.0))
    });
    let (queue, job) = queue(1, 3, 60.0);
    let engine = LocalEngine::start(queue.clone(), runner, options(1)).unwrap();
    ended(&queue, job).await;
    engine.stop().await;
    let states: Vec<_> = (0..3).map(|number| queue.state(job, number).unwrap()).collect();
    assert_eq!(states, [TrialState::Succeeded, TrialState::Failed, TrialState::Succeeded]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_beyond_its_budget_fails() {
    let (queue, job) = queue(1, 1, 0.001);
    let engine = LocalEngine::start(queue.clone(), stand(endless), options(1)).unwrap();
    ended(&queue, job).await;
    engine.stop().await;
    assert_eq!(queue.state(job, 0), Some(TrialState::Failed));
}

/// A step that never ends, and looks only at what ends it from outside.
fn stuck(_: &TrialSpec, _: &mut dyn Control) -> Result<TrialReport, Unfinished> {
    loop {
        bitgauge::science::interrupt::check();
        std::thread::yield_now();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_is_late_between_no_two_steps_fails_too() {
    let (queue, job) = queue(1, 2, 0.05);
    let engine = LocalEngine::start(queue.clone(), stand(stuck), options(1)).unwrap();
    ended(&queue, job).await;
    assert!((0..2).all(|number| queue.state(job, number) == Some(TrialState::Failed)));
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_a_step_that_never_ends_and_gives_its_trial_back() {
    let (queue, job) = queue(1, 1, 1e9);
    let engine = LocalEngine::start(queue.clone(), stand(stuck), options(1)).unwrap();
    while queue.state(job, 0) != Some(TrialState::Running) {
        tokio::task::yield_now().await;
    }
    tokio::time::timeout(Duration::from_secs(5), engine.stop()).await.expect("it stops");
    assert_eq!(queue.state(job, 0), Some(TrialState::Queued));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_trial_frees_its_worker_and_stopping_gives_back_what_runs() {
    let started = Arc::new(tokio::sync::Semaphore::new(0));
    let tell = Arc::clone(&started);
    let runner = stand(move |trial, control| {
        tell.add_permits(1);
        endless(trial, control)
    });
    let (queue, first) = queue(1, 1, 600.0);
    let engine = LocalEngine::start(queue.clone(), runner, options(1)).unwrap();
    started.acquire().await.unwrap().forget();
    let second = id(2);
    queue.add(second, specs(&job(1), 1), 600.0);
    queue.cancel(first);
    // the only worker takes the next trial
    let next = tokio::time::timeout(Duration::from_secs(30), started.acquire()).await;
    next.expect("the worker is free again").unwrap().forget();
    engine.stop().await;
    assert_eq!(queue.state(first, 0), Some(TrialState::Cancelled));
    assert_eq!(queue.state(second, 0), Some(TrialState::Queued));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_training_goes_on_from_its_checkpoint_with_the_same_bits() {
    let (whole, job) = queue(1, 1, 600.0);
    let engine = LocalEngine::start(whole.clone(), Arc::new(Trainer), options(1)).unwrap();
    ended(&whole, job).await;
    engine.stop().await;
    let digest = whole.digest(job, 0).unwrap();
    // stopped at its first step, and taken up by another engine
    let (parts, job) = queue(1, 1, 600.0);
    let (stopped, resumed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (stops, resumes) = (Arc::clone(&stopped), Arc::clone(&resumed));
    let interrupted = stand(move |trial, control| {
        let mut control =
            Interrupt { inner: control, stops: Arc::clone(&stops), resumes: Arc::clone(&resumes) };
        bitgauge::science::trial::run(trial, &mut control)
    });
    let often = Options { checkpoint: Duration::ZERO, ..options(1) };
    let engine = LocalEngine::start(parts.clone(), interrupted, often).unwrap();
    ended(&parts, job).await;
    engine.stop().await;
    assert_eq!((stopped.load(Ordering::Relaxed), resumed.load(Ordering::Relaxed)), (1, 1));
    assert_eq!(parts.digest(job, 0).unwrap(), digest);
}

/// Stops the first run of a training after a checkpoint was saved.
struct Interrupt<'a> {
    inner: &'a mut dyn Control,
    stops: Arc<AtomicUsize>,
    resumes: Arc<AtomicUsize>,
}

impl Control for Interrupt<'_> {
    fn step(&mut self, done: u64, of: u64, save: &dyn Fn() -> Option<Vec<u8>>) -> std::ops::ControlFlow<()> {
        let outcome = self.inner.step(done, of, save);
        if self.stops.fetch_max(1, Ordering::Relaxed) == 0 {
            return std::ops::ControlFlow::Break(());
        }
        outcome
    }

    fn resume(&mut self) -> Option<Vec<u8>> {
        let checkpoint = self.inner.resume();
        self.resumes.fetch_add(usize::from(checkpoint.is_some()), Ordering::Relaxed);
        checkpoint
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trials_wait_for_memory_while_smaller_ones_go() {
    let large = large_job(2);
    let bytes = large.trial(0).cost().bytes;
    let queue = MemoryQueue::default();
    let (first, second) = (id(1), id(2));
    queue.add(first, specs(&large, 2), 600.0);
    queue.add(second, specs(&job(1), 1), 600.0);
    // the first large one ends once the small one runs, which stands behind the second large one
    let (meeting, running) = (Arc::new(Barrier::new(2)), Arc::new(AtomicUsize::new(0)));
    let large_runs = AtomicUsize::new(0);
    let runner = stand(move |trial, _| {
        if trial.cost().bytes < bytes {
            meeting.wait();
            return Ok(report(1.0));
        }
        assert_eq!(running.fetch_add(1, Ordering::SeqCst), 0, "two large ones at once");
        if large_runs.fetch_add(1, Ordering::SeqCst) == 0 {
            meeting.wait();
        }
        running.fetch_sub(1, Ordering::SeqCst);
        Ok(report(1.0))
    });
    let options = Options { memory: bytes + bytes / 2, ..options(2) };
    let engine = LocalEngine::start(queue.clone(), runner, options).unwrap();
    let memory = engine.memory();
    ended(&queue, first).await;
    ended(&queue, second).await;
    engine.stop().await;
    let states = [(first, 0), (first, 1), (second, 0)].map(|(job, number)| queue.state(job, number).unwrap());
    assert_eq!(states, [TrialState::Succeeded; 3]);
    assert_eq!((memory.reserved(), memory.waiting()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_can_never_have_its_memory_fails() {
    let large = large_job(1);
    let queue = MemoryQueue::default();
    let job = id(1);
    queue.add(job, specs(&large, 1), 600.0);
    let options = Options { memory: large.trial(0).cost().bytes - 1, ..options(1) };
    let engine = LocalEngine::start(queue.clone(), stand(|_, _| Ok(report(1.0))), options).unwrap();
    ended(&queue, job).await;
    engine.stop().await;
    assert_eq!(queue.state(job, 0), Some(TrialState::Failed));
}
