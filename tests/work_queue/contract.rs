//! What every work queue must do, whatever it is made of.

use std::time::Duration;

use bitgauge::job::{JobId, TrialState};
use bitgauge::outcome::Digest;
use bitgauge::spec::ValidJobSpec;
use bitgauge::work::{Assignment, Completed, Completion, Notice, Notices, Renewal, WorkQueue};

use super::{job, large_job, reported};

/// A queue with hands on what is behind it.
pub trait Bench {
    type Queue: WorkQueue;

    async fn new() -> Self;
    fn queue(&self) -> Self::Queue;
    /// Adds a job of so many trials; jobs are in the order of their numbers.
    async fn add(&self, number: u64, spec: &ValidJobSpec, trials: u32) -> JobId;
    fn pass(&self, time: Duration);
    async fn cancel(&self, job: JobId);
    async fn pause(&self, job: JobId);
    async fn resume(&self, job: JobId);
    async fn state(&self, job: JobId, number: u32) -> TrialState;
    async fn alarms(&self) -> usize;
    /// Something goes wrong on the way to the queue, of many things.
    async fn mishap(&self, _which: u32) {}
}

const LEASE: Duration = Duration::from_secs(1);

async fn claim<Q: WorkQueue>(queue: &Q) -> Assignment {
    queue.claim("worker", LEASE, u64::MAX).await.unwrap().expect("a trial waits")
}

pub async fn one_trial_goes_to_one_of_many_that_ask_at_once<B: Bench>() {
    let bench = B::new().await;
    bench.add(1, &job(50), 50).await;
    let askers: Vec<_> = (0..100)
        .map(|i| {
            let queue = bench.queue();
            tokio::spawn(async move { queue.claim(&format!("w{i}"), LEASE, u64::MAX).await.unwrap() })
        })
        .collect();
    let mut numbers = Vec::new();
    for asker in askers {
        numbers.extend(asker.await.unwrap().map(|assignment| assignment.lease.number));
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (0..50).collect::<Vec<u32>>());
}

pub async fn an_assignment_carries_all_that_a_worker_needs<B: Bench>() {
    let bench = B::new().await;
    let spec = job(2);
    let id = bench.add(1, &spec, 2).await;
    for number in 0..2 {
        let assignment = claim(&bench.queue()).await;
        assert_eq!((assignment.lease.job, assignment.lease.number), (id, number));
        assert_eq!((assignment.trial.clone(), assignment.attempt), (spec.trial(number), 1));
        assert!((assignment.trial_seconds - 60.0).abs() < 1e-9 && assignment.checkpoint.is_none());
        // over any wire
        let text = serde_json::to_string(&assignment).unwrap();
        assert_eq!(serde_json::from_str::<Assignment>(&text).unwrap(), assignment);
        let completion = reported(1.0);
        let text = serde_json::to_string(&completion).unwrap();
        assert_eq!(serde_json::from_str::<Completion>(&text).unwrap(), completion);
    }
    assert!(bench.queue().claim("worker", LEASE, u64::MAX).await.unwrap().is_none());
}

pub async fn a_claim_passes_over_what_needs_more_room<B: Bench>() {
    let bench = B::new().await;
    let (large, small) = (large_job(2), job(1));
    let (first, second) = (bench.add(1, &large, 2).await, bench.add(2, &small, 1).await);
    let (most, least) = (large.trial(0).cost().bytes, small.trial(0).cost().bytes);
    assert!(most > least);
    let queue = bench.queue();
    assert!(queue.claim("worker", LEASE, least - 1).await.unwrap().is_none());
    let passing = queue.claim("worker", LEASE, most - 1).await.unwrap().expect("the small one");
    assert_eq!((passing.lease.job, passing.passed_over), (second, Some((first, 0))));
    assert!(queue.claim("worker", LEASE, most - 1).await.unwrap().is_none());
    let claimed = queue.claim("worker", LEASE, most).await.unwrap().expect("room for it");
    // what was passed over was never claimed
    let known = (claimed.lease.job, claimed.lease.number, claimed.attempt, claimed.passed_over);
    assert_eq!(known, (first, 0, 1, None));
}

pub async fn a_small_job_behind_a_large_one_starts_at_once<B: Bench>() {
    let bench = B::new().await;
    let (large, small) = (bench.add(1, &job(3), 3).await, bench.add(2, &job(1), 1).await);
    let mut order = Vec::new();
    for _ in 0..4 {
        let lease = claim(&bench.queue()).await.lease;
        order.push((lease.job, lease.number));
    }
    assert_eq!(order, [(large, 0), (small, 0), (large, 1), (large, 2)]);
}

pub async fn equal_jobs_go_on_side_by_side<B: Bench>() {
    let bench = B::new().await;
    let (first, second) = (bench.add(1, &job(40), 40).await, bench.add(2, &job(40), 40).await);
    let mut claimed = Vec::new();
    for _ in 0..40 {
        claimed.push(claim(&bench.queue()).await.lease.job);
    }
    let of = |job: JobId| claimed.iter().filter(|claimed| **claimed == job).count();
    assert!((18..=22).contains(&of(first)) && of(first) + of(second) == 40, "{} of 40", of(first));
}

/// A small job comes with every second claim, for as long as the large one goes on.
pub async fn a_stream_of_small_jobs_and_a_large_one_share_the_workers<B: Bench>() {
    let bench = B::new().await;
    let large = bench.add(1, &job(50), 50).await;
    let mut waiting = std::collections::VecDeque::new();
    let (mut of_large, mut longest_wait) = (0, 0);
    for turn in 0..100_u64 {
        if turn % 2 == 0 {
            waiting.push_back((bench.add(2 + turn, &job(1), 1).await, turn));
        }
        let next = claim(&bench.queue()).await.lease.job;
        if next == large {
            of_large += 1;
        } else {
            let (expected, since) = waiting.pop_front().expect("one that waits");
            assert_eq!(next, expected, "the small ones come in the order in which they came");
            longest_wait = longest_wait.max(turn - since);
        }
    }
    assert!((45..=50).contains(&of_large), "{of_large} of 100 claims");
    assert!(longest_wait <= 2, "a small job waited for {longest_wait} trials");
}

pub async fn a_paused_job_gives_no_trials_and_gets_back_those_that_run<B: Bench>() {
    let bench = B::new().await;
    let (queue, id) = (bench.queue(), bench.add(1, &job(2), 2).await);
    let running = claim(&queue).await;
    let mut notices = queue.notices();
    bench.pause(id).await;
    assert!(queue.claim("worker", LEASE, u64::MAX).await.unwrap().is_none());
    while notices.next().await != Notice::Paused(id) {}
    // whoever missed that is told with the next sign of life, and may still save
    assert_eq!(queue.renew(running.lease, LEASE).await.unwrap(), Renewal::Paused);
    queue.save_checkpoint(running.lease, 7, b"so far".to_vec()).await.unwrap();
    queue.release(running.lease).await.unwrap();
    assert!(queue.claim("worker", LEASE, u64::MAX).await.unwrap().is_none());
    bench.resume(id).await;
    while notices.next().await != Notice::Work {}
    let again = claim(&queue).await;
    assert_eq!((again.lease.number, again.attempt), (running.lease.number, 1));
    assert_eq!(again.checkpoint.map(|reference| reference.step), Some(7));
    assert_eq!(queue.renew(again.lease, LEASE).await.unwrap(), Renewal::Held);
}

pub async fn a_worker_that_lost_its_lease_is_fenced_off<B: Bench>() {
    let bench = B::new().await;
    let (queue, id) = (bench.queue(), bench.add(1, &job(1), 1).await);
    let slow = claim(&queue).await;
    // a sign of life keeps the trial
    bench.pass(LEASE.saturating_sub(Duration::from_millis(1)));
    assert_eq!(queue.renew(slow.lease, LEASE).await.unwrap(), Renewal::Held);
    bench.pass(LEASE);
    assert!(queue.claim("worker", LEASE, u64::MAX).await.unwrap().is_none());
    bench.pass(Duration::from_millis(1));
    let next = claim(&queue).await;
    assert_eq!((next.lease.epoch, next.attempt), (slow.lease.epoch + 1, 2));
    assert_eq!(queue.renew(slow.lease, LEASE).await.unwrap(), Renewal::Lost);
    queue.save_checkpoint(slow.lease, 9, b"late".to_vec()).await.unwrap();
    queue.release(slow.lease).await.unwrap();
    assert_eq!(queue.complete(slow.lease, reported(1.0)).await.unwrap(), Completed::Fenced);
    assert_eq!(bench.state(id, 0).await, TrialState::Running);
    assert_eq!(queue.complete(next.lease, reported(1.0)).await.unwrap(), Completed::Stored);
    assert_eq!(bench.state(id, 0).await, TrialState::Succeeded);
}

pub async fn a_result_that_comes_twice_changes_nothing_and_another_one_raises_an_alarm<B: Bench>() {
    let bench = B::new().await;
    let (queue, id) = (bench.queue(), bench.add(1, &job(1), 1).await);
    let lease = claim(&queue).await.lease;
    assert_eq!(queue.complete(lease, reported(1.0)).await.unwrap(), Completed::Stored);
    assert_eq!(queue.complete(lease, reported(1.0)).await.unwrap(), Completed::Already);
    let failed = Completion::Failed { detail: "later".into() };
    assert_eq!(queue.complete(lease, failed).await.unwrap(), Completed::Already);
    assert_eq!(bench.alarms().await, 0);
    assert_eq!(queue.complete(lease, reported(2.0)).await.unwrap(), Completed::Differs);
    assert_eq!((bench.alarms().await, bench.state(id, 0).await), (1, TrialState::Succeeded));
}

pub async fn what_cannot_be_repeated_is_never_compared<B: Bench>() {
    let bench = B::new().await;
    let (queue, id) = (bench.queue(), bench.add(1, &job(1), 1).await);
    let lease = claim(&queue).await.lease;
    let without_digest = |bits: f64| {
        let Completion::Reported { state, report, seconds, .. } = reported(bits) else {
            panic!("it reported")
        };
        Completion::Reported { state, report, digest: None, seconds }
    };
    assert_eq!(queue.complete(lease, without_digest(1.0)).await.unwrap(), Completed::Stored);
    assert_eq!(queue.complete(lease, without_digest(2.0)).await.unwrap(), Completed::Already);
    assert_eq!((bench.alarms().await, bench.state(id, 0).await), (0, TrialState::Succeeded));
}

/// For a transport that delivers ahead of work: the same message may reach two workers.
pub async fn a_redelivered_assignment_keeps_its_epoch_and_publishing_again_raises_it<B: Bench>() {
    let bench = B::new().await;
    let (queue, id) = (bench.queue(), bench.add(1, &job(1), 1).await);
    let published = claim(&queue).await;
    let redelivered: Assignment = serde_json::from_str(&serde_json::to_string(&published).unwrap()).unwrap();
    for holder in [&published, &redelivered] {
        assert_eq!(queue.renew(holder.lease, LEASE).await.unwrap(), Renewal::Held);
    }
    // nobody worked on it: it is published again, and both are fenced off
    bench.pass(LEASE * 2);
    let again = claim(&queue).await;
    assert!(again.lease.epoch > published.lease.epoch);
    assert_eq!(queue.complete(redelivered.lease, reported(1.0)).await.unwrap(), Completed::Fenced);
    // and of two that got it now the second changes nothing
    assert_eq!(queue.complete(again.lease, reported(1.0)).await.unwrap(), Completed::Stored);
    assert_eq!(queue.complete(again.lease, reported(1.0)).await.unwrap(), Completed::Already);
    assert_eq!((bench.alarms().await, bench.state(id, 0).await), (0, TrialState::Succeeded));
}

pub async fn trials_given_back_are_as_if_never_claimed<B: Bench>() {
    let bench = B::new().await;
    let (queue, id) = (bench.queue(), bench.add(1, &job(1), 1).await);
    let mut epoch = 0;
    for _ in 0..60 {
        let assignment = claim(&queue).await;
        assert_eq!(assignment.attempt, 1);
        assert!(assignment.lease.epoch > epoch);
        epoch = assignment.lease.epoch;
        queue.release(assignment.lease).await.unwrap();
        assert_eq!(bench.state(id, 0).await, TrialState::Queued);
    }
}

pub async fn checkpoints_belong_to_the_last_claim_and_go_with_the_trial<B: Bench>() {
    let bench = B::new().await;
    let (queue, id) = (bench.queue(), bench.add(1, &job(2), 2).await);
    let slow = claim(&queue).await;
    queue.save_checkpoint(slow.lease, 10, b"ten".to_vec()).await.unwrap();
    queue.save_checkpoint(slow.lease, 20, b"twenty".to_vec()).await.unwrap();
    bench.pass(LEASE * 2);
    let next = claim(&queue).await;
    let reference = next.checkpoint.expect("an earlier claim left one");
    assert_eq!((reference.job, reference.number, reference.step), (id, 0, 20));
    queue.save_checkpoint(slow.lease, 99, b"late".to_vec()).await.unwrap();
    let loaded = queue.load_checkpoint(reference).await.unwrap();
    assert_eq!(loaded.as_deref(), Some(&b"twenty"[..]));
    // given back, it stays; completed, it goes
    queue.release(next.lease).await.unwrap();
    let again = claim(&queue).await;
    assert_eq!(again.checkpoint, Some(reference));
    queue.complete(again.lease, reported(1.0)).await.unwrap();
    queue.save_checkpoint(again.lease, 30, b"after".to_vec()).await.unwrap();
    assert_eq!(queue.load_checkpoint(reference).await.unwrap(), None);
    // and with a cancelled job
    let other = claim(&queue).await;
    queue.save_checkpoint(other.lease, 5, b"five".to_vec()).await.unwrap();
    bench.cancel(id).await;
    let gone = bitgauge::work::CheckpointReference { job: id, number: 1, step: 5 };
    assert_eq!(queue.load_checkpoint(gone).await.unwrap(), None);
}

pub async fn who_runs_a_cancelled_trial_is_told_and_fenced_off<B: Bench>() {
    let bench = B::new().await;
    let queue = bench.queue();
    let mut notices = queue.notices();
    let id = bench.add(1, &job(2), 2).await;
    assert_eq!(notices.next().await, Notice::Work);
    let running = claim(&queue).await;
    bench.cancel(id).await;
    loop {
        match notices.next().await {
            Notice::Cancelled(job) => break assert_eq!(job, id),
            Notice::Closed => panic!("a hint was expected"),
            Notice::Work | Notice::Paused(_) | Notice::Missed => {}
        }
    }
    assert_eq!(queue.renew(running.lease, LEASE).await.unwrap(), Renewal::Lost);
    assert_eq!(queue.complete(running.lease, reported(1.0)).await.unwrap(), Completed::Fenced);
    queue.release(running.lease).await.unwrap();
    assert!(queue.claim("worker", LEASE, u64::MAX).await.unwrap().is_none());
    for number in 0..2 {
        assert_eq!(bench.state(id, number).await, TrialState::Cancelled);
    }
}

pub async fn a_failure_is_an_end_and_no_result<B: Bench>() {
    let bench = B::new().await;
    let (queue, id) = (bench.queue(), bench.add(1, &job(1), 1).await);
    let lease = claim(&queue).await.lease;
    let failed = || Completion::Failed { detail: "no luck".into() };
    assert_eq!(queue.complete(lease, failed()).await.unwrap(), Completed::Stored);
    assert_eq!(bench.state(id, 0).await, TrialState::Failed);
    assert_eq!(queue.complete(lease, failed()).await.unwrap(), Completed::Fenced);
    assert!(queue.claim("worker", LEASE, u64::MAX).await.unwrap().is_none());
}

#[test]
fn a_completion_names_its_report_by_digest() {
    let Completion::Reported { report, digest, state, .. } = reported(1.0) else { panic!("it reported") };
    assert_eq!((digest, state), (Some(Digest::of(report.as_bytes())), TrialState::Succeeded));
}

/// Runs the whole contract against a bench.
macro_rules! contract {
    ($bench:ty) => {
        $crate::contract::contract!($bench:
            one_trial_goes_to_one_of_many_that_ask_at_once
            an_assignment_carries_all_that_a_worker_needs
            a_small_job_behind_a_large_one_starts_at_once
            equal_jobs_go_on_side_by_side
            a_stream_of_small_jobs_and_a_large_one_share_the_workers
            a_paused_job_gives_no_trials_and_gets_back_those_that_run
            a_claim_passes_over_what_needs_more_room
            a_worker_that_lost_its_lease_is_fenced_off
            a_result_that_comes_twice_changes_nothing_and_another_one_raises_an_alarm
            what_cannot_be_repeated_is_never_compared
            a_redelivered_assignment_keeps_its_epoch_and_publishing_again_raises_it
            trials_given_back_are_as_if_never_claimed
            checkpoints_belong_to_the_last_claim_and_go_with_the_trial
            who_runs_a_cancelled_trial_is_told_and_fenced_off
            a_failure_is_an_end_and_no_result
        );
    };
    ($bench:ty: $($name:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                $crate::contract::$name::<$bench>().await;
            }
        )+
    };
}
pub(crate) use contract;
