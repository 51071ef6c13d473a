//! Any sequence of calls leaves the store in agreement with a simple model.

use std::collections::{BTreeMap, BTreeSet};

use bitgauge::job::{JobId, JobState, TrialState};
use bitgauge::store::{ClaimedTrial, Clock, Store};
use bitgauge::work::{Completed, Completion, Renewal};
use proptest::prelude::*;

use super::{Hands, create, reported};

const LEASE: i64 = 1000;

#[derive(Debug, Clone)]
enum Call {
    Create(u32),
    Claim,
    /// Completes a claim, an old one perhaps.
    Complete(usize, bool),
    Release(usize),
    Heartbeat(usize),
    Cancel(usize),
    Pause(usize),
    Resume(usize),
    Pass(i64),
    /// The process is killed and starts again.
    Restart,
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        2 => (1u32..4).prop_map(Call::Create),
        6 => Just(Call::Claim),
        6 => (0usize..8, any::<bool>()).prop_map(|(which, good)| Call::Complete(which, good)),
        1 => (0usize..8).prop_map(Call::Release),
        1 => (0usize..8).prop_map(Call::Heartbeat),
        1 => (0usize..3).prop_map(Call::Cancel),
        1 => (0usize..3).prop_map(Call::Pause),
        1 => (0usize..3).prop_map(Call::Resume),
        1 => (1i64..1500).prop_map(Call::Pass),
        1 => Just(Call::Restart),
    ]
}

/// What a trial is in the model.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Trial {
    state: TrialState,
    epoch: i64,
    until: i64,
}

#[derive(Default)]
struct Model {
    jobs: Vec<JobId>,
    trials: BTreeMap<(JobId, u32), Trial>,
    paused: BTreeSet<JobId>,
    now: i64,
}

impl Model {
    /// Trials whose lease ran out go back when the next one is claimed.
    fn expire(&mut self) {
        for trial in self.trials.values_mut() {
            if trial.state == TrialState::Running && trial.until < self.now {
                trial.state = TrialState::Queued;
            }
        }
    }

    /// A trial that waits is claimed where there is one, of its job the first.
    fn may_be_next(&self, found: Option<(JobId, u32)>) -> bool {
        let is_waiting = |(job, _): &&(JobId, u32)| !self.paused.contains(job);
        let waiting = self.trials.iter().filter(|(_, trial)| trial.state == TrialState::Queued);
        let waiting: Vec<_> = waiting.map(|(key, _)| key).filter(is_waiting).collect();
        match found {
            None => waiting.is_empty(),
            Some((job, number)) => waiting.iter().find(|(of, _)| *of == job) == Some(&&(job, number)),
        }
    }

    fn renewal(&self, claim: &ClaimedTrial) -> Renewal {
        match (self.holds(claim), self.paused.contains(&claim.lease.job)) {
            (false, _) => Renewal::Lost,
            (true, true) => Renewal::Paused,
            (true, false) => Renewal::Held,
        }
    }

    fn holds(&self, claim: &ClaimedTrial) -> bool {
        let trial = self.trials[&(claim.lease.job, claim.lease.number)];
        trial.state == TrialState::Running && trial.epoch == claim.lease.epoch
    }

    fn trial(&mut self, claim: &ClaimedTrial) -> &mut Trial {
        self.trials.get_mut(&(claim.lease.job, claim.lease.number)).unwrap()
    }

    fn count(&self, job: JobId, state: TrialState) -> i64 {
        let of_job = self.trials.iter().filter(|((id, _), trial)| *id == job && trial.state == state);
        i64::try_from(of_job.count()).unwrap()
    }
}

async fn agree(store: &Store, model: &Model) {
    for &job in &model.jobs {
        let row = store.job(job).await.unwrap().unwrap();
        let counts = row.counts;
        for (state, count) in [
            (TrialState::Queued, counts.queued),
            (TrialState::Running, counts.running),
            (TrialState::Succeeded, counts.succeeded),
            (TrialState::Failed, counts.failed),
            (TrialState::Cancelled, counts.cancelled),
        ] {
            assert_eq!(model.count(job, state), count, "{state} trials");
        }
        let open = counts.queued + counts.running;
        assert_eq!(row.state.is_terminal(), open == 0, "{row:?}");
        assert_eq!(row.state == JobState::Cancelled, counts.cancelled > 0);
        assert_eq!(row.state == JobState::Failed, open == 0 && counts.failed > 0 && counts.cancelled == 0);
        assert_eq!(row.finished_ms.is_some(), row.state.is_terminal());
        let events = store.events_after(job, 0, 1000).await.unwrap();
        let numbers: Vec<i64> = events.iter().map(|event| event.sequence).collect();
        assert_eq!(numbers, (1..=i64::try_from(events.len()).unwrap()).collect::<Vec<_>>());
        let of =
            |kind: &str| i64::try_from(events.iter().filter(|event| event.kind == kind).count()).unwrap();
        assert_eq!(of("trial"), counts.succeeded + counts.failed);
        assert_eq!(of("end"), i64::from(row.state.is_terminal()));
    }
    assert_eq!(store.digest_alarms().await.unwrap(), 0);
}

async fn follow(calls: Vec<Call>) {
    let directory = tempfile::tempdir().unwrap();
    let hands = Hands::default();
    let mut store = Store::open(directory.path(), hands.clock()).await.unwrap();
    let mut model = Model::default();
    let mut claims: Vec<ClaimedTrial> = Vec::new();
    for call in calls {
        match call {
            Call::Create(trials) => {
                let job = create(&store, "law", trials).await.id;
                model.jobs.push(job);
                for number in 0..trials {
                    let trial = Trial { state: TrialState::Queued, epoch: 0, until: 0 };
                    model.trials.insert((job, number), trial);
                }
            }
            Call::Claim => {
                model.expire();
                let claimed = store.claim("worker", LEASE).await.unwrap();
                let found = claimed.as_ref().map(|claim| (claim.lease.job, claim.lease.number));
                assert!(model.may_be_next(found), "{found:?}");
                if let Some(claim) = claimed {
                    let until = model.now + LEASE;
                    let trial = model.trial(&claim);
                    *trial = Trial { state: TrialState::Running, epoch: trial.epoch + 1, until };
                    assert_eq!(trial.epoch, claim.lease.epoch);
                    claims.push(claim);
                }
            }
            Call::Complete(which, good) => {
                let Some(claim) = claims.get(which).cloned() else { continue };
                let completion =
                    if good { reported("same") } else { Completion::Failed { detail: "no luck".into() } };
                let completed = store.complete(claim.lease, completion).await.unwrap();
                let stored = completed == Completed::Stored;
                assert_eq!(stored, model.holds(&claim), "{completed:?}");
                if stored {
                    model.trial(&claim).state = if good { TrialState::Succeeded } else { TrialState::Failed };
                }
            }
            Call::Release(which) => {
                let Some(claim) = claims.get(which).cloned() else { continue };
                store.release(claim.lease).await.unwrap();
                if model.holds(&claim) {
                    model.trial(&claim).state = TrialState::Queued;
                }
            }
            Call::Heartbeat(which) => {
                let Some(claim) = claims.get(which).cloned() else { continue };
                let renewal = store.heartbeat(claim.lease, LEASE).await.unwrap();
                assert_eq!(renewal, model.renewal(&claim));
                if model.holds(&claim) {
                    model.trial(&claim).until = model.now + LEASE;
                }
            }
            Call::Cancel(which) => {
                let Some(&job) = model.jobs.get(which) else { continue };
                store.cancel_job(job).await.unwrap();
                for (_, trial) in model.trials.iter_mut().filter(|((id, _), _)| *id == job) {
                    if !trial.state.is_terminal() {
                        trial.state = TrialState::Cancelled;
                    }
                }
            }
            Call::Pause(which) => {
                let Some(&job) = model.jobs.get(which) else { continue };
                if !store.pause_job(job).await.unwrap().state.is_terminal() {
                    model.paused.insert(job);
                }
            }
            Call::Resume(which) => {
                let Some(&job) = model.jobs.get(which) else { continue };
                store.resume_job(job).await.unwrap();
                model.paused.remove(&job);
            }
            Call::Pass(milliseconds) => {
                hands.forward(milliseconds);
                model.now += milliseconds;
            }
            Call::Restart => {
                store.close().await.unwrap();
                store = Store::open(directory.path(), hands.clock()).await.unwrap();
                store.recover().await.unwrap();
                for trial in model.trials.values_mut().filter(|trial| trial.state == TrialState::Running) {
                    trial.state = TrialState::Queued;
                }
            }
        }
        agree(&store, &model).await;
    }
    store.close().await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn the_store_agrees_with_its_model(calls in prop::collection::vec(call(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(follow(calls));
    }
}

#[test]
fn the_clock_of_the_machine_is_in_this_century() {
    assert!(Clock::system().now_ms() > 1_700_000_000_000);
}
