//! Trials that are with the fleet: published, or in a worker's hands.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::job::JobId;
use crate::work::Lease;

#[derive(Debug, Default)]
pub(super) struct Flights(HashMap<(JobId, u32), Flight>);

#[derive(Debug, Clone, Copy)]
struct Flight {
    lease: Lease,
    at: At,
}

#[derive(Debug, Clone, Copy)]
enum At {
    /// In the stream since then.
    Stream(Instant),
    /// With a worker that was heard of then.
    Worker(Instant),
}

impl Flights {
    pub(super) fn publish(&mut self, lease: Lease) {
        self.0.insert((lease.job, lease.number), Flight { lease, at: At::Stream(Instant::now()) });
    }

    /// Whether an earlier lease of the trial is on its way.
    pub(super) fn has(&self, lease: Lease) -> bool {
        self.0.contains_key(&(lease.job, lease.number))
    }

    /// A worker has it.
    pub(super) fn heard_of(&mut self, lease: Lease) {
        let flight = Flight { lease, at: At::Worker(Instant::now()) };
        let known = self.0.entry((lease.job, lease.number)).or_insert(flight);
        if known.lease.epoch <= lease.epoch {
            *known = flight;
        }
    }

    /// It is with the fleet no more.
    pub(super) fn landed(&mut self, lease: Lease) {
        let key = (lease.job, lease.number);
        if self.0.get(&key).is_some_and(|flight| flight.lease == lease) {
            self.0.remove(&key);
        }
    }

    /// In the stream, and with workers.
    pub(super) fn count(&self) -> (usize, usize) {
        let in_stream = self.0.values().filter(|flight| matches!(flight.at, At::Stream(_))).count();
        (in_stream, self.0.len() - in_stream)
    }

    /// Those of a job that no worker took.
    pub(super) fn waiting_of(&self, job: JobId) -> Vec<Lease> {
        let of_job = self.0.values().filter(|flight| flight.lease.job == job);
        of_job.filter(|flight| matches!(flight.at, At::Stream(_))).map(|flight| flight.lease).collect()
    }

    /// Those that have been in the stream for longer than this.
    pub(super) fn in_stream_for(&self, time: Duration) -> Vec<Lease> {
        let is_old = |flight: &&Flight| matches!(flight.at, At::Stream(since) if since.elapsed() > time);
        self.0.values().filter(is_old).map(|flight| flight.lease).collect()
    }

    pub(super) fn is_in_flight(&self, job: JobId, number: u32) -> bool {
        self.0.contains_key(&(job, number))
    }

    /// Leases that nobody else prolongs: of what is in the stream, and where nobody can be heard also of what
    /// workers have. Workers that were not heard of for so long are forgotten: their leases are over.
    pub(super) fn unheard(&mut self, is_cut_off: bool, forgotten: Duration) -> Vec<Lease> {
        self.0.retain(|_, flight| match &mut flight.at {
            At::Stream(_) => true,
            At::Worker(heard) => {
                if is_cut_off {
                    *heard = Instant::now();
                }
                heard.elapsed() < forgotten
            }
        });
        let ours = |flight: &&Flight| is_cut_off || matches!(flight.at, At::Stream(_));
        self.0.values().filter(ours).map(|flight| flight.lease).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> JobId {
        "0198f0c5-0000-7000-8000-000000000001".parse().unwrap()
    }

    fn lease(number: u32, epoch: i64) -> Lease {
        Lease { job: job(), number, epoch }
    }

    #[test]
    fn a_trial_is_published_taken_and_lands() {
        let mut flights = Flights::default();
        flights.publish(lease(1, 1));
        flights.publish(lease(2, 1));
        assert_eq!(flights.count(), (2, 0));
        flights.heard_of(lease(1, 1));
        assert_eq!((flights.count(), flights.waiting_of(job())), ((1, 1), vec![lease(2, 1)]));
        assert_eq!(flights.unheard(false, Duration::MAX), [lease(2, 1)]);
        assert_eq!(flights.unheard(true, Duration::MAX).len(), 2);
        // published anew: who had it before neither holds nor ends it
        flights.publish(lease(1, 2));
        flights.heard_of(lease(1, 1));
        flights.landed(lease(1, 1));
        assert_eq!(flights.count(), (2, 0));
        flights.landed(lease(1, 2));
        flights.landed(lease(2, 1));
        assert_eq!(flights.count(), (0, 0));
        // one that an earlier gateway published
        flights.heard_of(lease(3, 4));
        assert_eq!(flights.unheard(false, Duration::ZERO), []);
        assert_eq!(flights.count(), (0, 0), "nobody heard of it");
    }
}
