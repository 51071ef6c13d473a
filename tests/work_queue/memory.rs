//! The queue in memory keeps the contract.

use std::time::Duration;

use bitgauge::job::{JobId, TrialState};
use bitgauge::spec::ValidJobSpec;
use bitgauge::work::memory::MemoryQueue;

use super::contract::{Bench, contract};
use super::simulation::simulate_all;
use super::{id, specs};

struct Memory(MemoryQueue);

impl Bench for Memory {
    type Queue = MemoryQueue;

    async fn new() -> Self {
        Self(MemoryQueue::default())
    }

    fn queue(&self) -> MemoryQueue {
        self.0.clone()
    }

    async fn add(&self, number: u64, spec: &ValidJobSpec, trials: u32) -> JobId {
        let job = id(number);
        self.0.add(job, specs(spec, trials), spec.common().budget.trial_seconds);
        job
    }

    fn pass(&self, time: Duration) {
        self.0.pass(time);
    }

    async fn cancel(&self, job: JobId) {
        self.0.cancel(job);
    }

    async fn pause(&self, job: JobId) {
        self.0.pause(job);
    }

    async fn resume(&self, job: JobId) {
        self.0.resume(job);
    }

    async fn state(&self, job: JobId, number: u32) -> TrialState {
        self.0.state(job, number).unwrap()
    }

    async fn alarms(&self) -> usize {
        self.0.alarms()
    }
}

contract!(Memory);

#[test]
fn whatever_happens_every_trial_ends_once() {
    simulate_all::<Memory>(0..200);
}

#[test]
#[ignore = "takes minutes"]
fn whatever_happens_every_trial_ends_once_nightly() {
    simulate_all::<Memory>(200..20_000);
}
