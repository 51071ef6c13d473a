//! A coordinator and workers, simulated from a seed: crashes, lost hints, jumps of time, workers that
//! sleep beyond their lease and come back, results that come twice. Whatever happens, every trial ends
//! once, with the result that it must have.

use std::collections::BTreeMap;
use std::time::Duration;

use bitgauge::job::{JobId, TrialState};
use bitgauge::work::{Assignment, Completed, Completion, Lease, Renewal, WorkQueue};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::contract::Bench;
use super::{job, reported};

const LEASE: Duration = Duration::from_secs(10);
const STEPS: u64 = 4;
const EVENTS: usize = 300;

/// A worker as the engine is one: it holds at most one trial, and what it has done of it.
#[derive(Default)]
struct Worker {
    holds: Option<(Assignment, u64)>,
    /// It sleeps until so many events have passed.
    asleep: usize,
}

struct World<B: Bench> {
    bench: B,
    random: ChaCha8Rng,
    workers: Vec<Worker>,
    jobs: Vec<(JobId, u32)>,
    cancelled: Vec<JobId>,
    paused: Vec<JobId>,
    /// Leases of the past, held by whoever is slow.
    stale: Vec<Lease>,
    /// How often a result was taken for each trial.
    stored: BTreeMap<(JobId, u32), usize>,
    deaths: BTreeMap<(JobId, u32), u32>,
}

/// The one result that a trial has, wherever and however often it runs.
fn result(lease: Lease) -> Completion {
    reported(f64::from(lease.number))
}

fn state_of(lease: Lease, step: u64) -> Vec<u8> {
    format!("{} {} {step}", lease.job, lease.number).into_bytes()
}

impl<B: Bench> World<B> {
    async fn new(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let bench = B::new().await;
        let mut jobs = Vec::new();
        for number in 1..=3 {
            let trials = random.random_range(1..=5);
            jobs.push((bench.add(number, &job(trials), trials).await, trials));
        }
        let workers = (0..random.random_range(1..=3)).map(|_| Worker::default()).collect();
        let (cancelled, paused, stale) = (Vec::new(), Vec::new(), Vec::new());
        let (stored, deaths) = (BTreeMap::new(), BTreeMap::new());
        Self { bench, random, workers, jobs, cancelled, paused, stale, stored, deaths }
    }

    fn once_in(&mut self, count: u32) -> bool {
        self.random.random_range(0..count) == 0
    }

    /// Something happens.
    async fn event(&mut self) {
        let queue = self.bench.queue();
        match self.random.random_range(0..21) {
            0..=2 => {
                let time = self.random.random_range(1..3000);
                self.bench.pass(Duration::from_millis(time));
            }
            3 if self.once_in(3) => self.bench.pass(LEASE + Duration::from_millis(1)),
            4 if self.once_in(8) => {
                let (id, _) = self.jobs[self.random.random_range(0..self.jobs.len())];
                self.bench.cancel(id).await;
                self.cancelled.push(id);
            }
            5 => {
                let (id, _) = self.jobs[self.random.random_range(0..self.jobs.len())];
                if !self.cancelled.contains(&id) && !self.is_over(id).await {
                    self.bench.pause(id).await;
                    self.paused.push(id);
                }
            }
            6 => self.resume().await,
            7 => {
                // somebody who lost a lease long ago has a result after all
                let count = self.stale.len();
                if count > 0 {
                    let lease = self.stale[self.random.random_range(0..count)];
                    self.complete(lease, result(lease)).await;
                }
            }
            8 => {
                let which = self.random.random_range(0..32);
                self.bench.mishap(which).await;
            }
            _ => {
                let who = self.random.random_range(0..self.workers.len());
                let worker = std::mem::take(&mut self.workers[who]);
                self.workers[who] = self.act(&queue, worker).await;
            }
        }
    }

    async fn is_over(&self, id: JobId) -> bool {
        let trials = self.jobs.iter().find(|(job, _)| *job == id).map_or(0, |(_, trials)| *trials);
        for number in 0..trials {
            if !self.bench.state(id, number).await.is_terminal() {
                return false;
            }
        }
        true
    }

    async fn resume(&mut self) {
        for id in std::mem::take(&mut self.paused) {
            if !self.cancelled.contains(&id) {
                self.bench.resume(id).await;
            }
        }
    }

    async fn complete(&mut self, lease: Lease, completion: Completion) {
        let is_report = matches!(completion, Completion::Reported { .. });
        let completed = self.bench.queue().complete(lease, completion).await.unwrap();
        if completed == Completed::Stored && is_report {
            *self.stored.entry((lease.job, lease.number)).or_default() += 1;
        }
    }

    async fn act(&mut self, queue: &B::Queue, mut worker: Worker) -> Worker {
        if worker.asleep > 0 {
            worker.asleep -= 1;
            return worker;
        }
        let Some((assignment, step)) = worker.holds.take() else {
            let claimed = queue.claim("w", LEASE, u64::MAX).await.unwrap();
            worker.holds = match claimed {
                None => None,
                Some(assignment) => {
                    let step = self.resumed(queue, &assignment).await;
                    Some((assignment, step))
                }
            };
            return worker;
        };
        let lease = assignment.lease;
        match self.random.random_range(0..16) {
            // kill -9: nobody is told
            0 => self.stale.push(lease),
            // SIGSTOP, perhaps beyond the lease
            1 => {
                worker.asleep = self.random.random_range(1..20);
                worker.holds = Some((assignment, step));
            }
            2 => queue.release(lease).await.unwrap(),
            3 if self.once_in(3) => {
                self.complete(lease, Completion::Died { detail: "by signal 9".into() }).await;
                *self.deaths.entry((lease.job, lease.number)).or_default() += 1;
                self.stale.push(lease);
            }
            4..=6 => match queue.renew(lease, LEASE).await.unwrap() {
                Renewal::Held => worker.holds = Some((assignment, step)),
                Renewal::Paused => {
                    queue.save_checkpoint(lease, step, state_of(lease, step)).await.unwrap();
                    queue.release(lease).await.unwrap();
                }
                Renewal::Lost => self.stale.push(lease),
            },
            7 | 8 => {
                queue.save_checkpoint(lease, step, state_of(lease, step)).await.unwrap();
                worker.holds = Some((assignment, step));
            }
            _ if step < STEPS => worker.holds = Some((assignment, step + 1)),
            _ => {
                self.complete(lease, result(lease)).await;
                if self.once_in(3) {
                    self.complete(lease, result(lease)).await;
                }
                self.stale.push(lease);
            }
        }
        worker
    }

    /// Where a claimed trial goes on: what was saved of it is of this very trial.
    async fn resumed(&self, queue: &B::Queue, assignment: &Assignment) -> u64 {
        let Some(reference) = assignment.checkpoint else { return 0 };
        let Some(state) = queue.load_checkpoint(reference).await.unwrap() else { return 0 };
        // perhaps a later moment than the message names, which may be an old one; never of another trial
        let step = (reference.step..=STEPS).find(|step| state == state_of(assignment.lease, *step));
        step.unwrap_or_else(|| panic!("{:?} is of another trial", String::from_utf8_lossy(&state)))
    }

    /// Nothing goes wrong any more: everything comes to its end.
    async fn heal(&mut self) {
        self.resume().await;
        for worker in &mut self.workers {
            *worker = Worker::default();
        }
        let queue = self.bench.queue();
        for _ in 0..200 {
            self.bench.pass(LEASE + Duration::from_mins(1));
            while let Some(assignment) = queue.claim("last", LEASE, u64::MAX).await.unwrap() {
                self.resumed(&queue, &assignment).await;
                self.complete(assignment.lease, result(assignment.lease)).await;
            }
            let mut is_over = true;
            for &(id, _) in &self.jobs {
                is_over &= self.is_over(id).await;
            }
            if is_over {
                return;
            }
        }
        panic!("some trials never end");
    }

    async fn judge(&self) {
        for &(id, trials) in &self.jobs {
            for number in 0..trials {
                let state = self.bench.state(id, number).await;
                let stored = self.stored.get(&(id, number)).copied().unwrap_or_default();
                let deaths = self.deaths.get(&(id, number)).copied().unwrap_or_default();
                match state {
                    TrialState::Succeeded => assert_eq!(stored, 1, "{id}/{number} was stored {stored} times"),
                    TrialState::Cancelled => assert!(stored == 0 && self.cancelled.contains(&id)),
                    TrialState::Failed => {
                        assert!(stored == 0 && deaths >= 3, "{id}/{number}: {deaths} deaths");
                    }
                    other => panic!("{id}/{number} is {other}"),
                }
            }
        }
        assert_eq!(self.bench.alarms().await, 0, "all results of a trial are equal");
    }
}

async fn simulate<B: Bench>(seed: u64) {
    let mut world = World::<B>::new(seed).await;
    for _ in 0..EVENTS {
        world.event().await;
    }
    world.heal().await;
    world.judge().await;
}

/// Runs seeds one after the other, and says which one failed.
pub fn simulate_all<B: Bench>(seeds: std::ops::Range<u64>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for seed in seeds {
        let one = std::panic::AssertUnwindSafe(|| runtime.block_on(simulate::<B>(seed)));
        if let Err(panic) = std::panic::catch_unwind(one) {
            eprintln!("seed {seed}: run it alone with simulate_all({seed}..{})", seed + 1);
            std::panic::resume_unwind(panic);
        }
    }
}
