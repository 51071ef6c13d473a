//! What the store promises, one sentence each.

use bitgauge::job::{JobState, TrialState};
use bitgauge::search::Round;
use bitgauge::spec::search::{Probe, TUNING};
use bitgauge::store::{
    Clock, Created, Idempotency, JobFilter, JobSort, NewJob, NextRound, PageRequest, Store, StoreError,
};
use bitgauge::work::{Completed, Completion};

use super::{Hands, create, new_job, reported};

async fn open(directory: &tempfile::TempDir) -> Store {
    Store::open(directory.path(), Clock::system()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn crashes_are_counted_and_a_trial_is_given_up_after_many() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = open(&directory).await;
    let job = create(&store, "crash", 1).await.id;
    // a process that dies while running it, again and again
    for _ in 0..999 {
        assert!(store.claim("w", 1000).await.unwrap().is_some());
        assert_eq!(store.recover().await.unwrap(), 1);
    }
    store.close().await.unwrap();
    store = open(&directory).await;
    assert!(store.claim("w", 1000).await.unwrap().is_some());
    store.recover().await.unwrap();
    let trial = store.trials(job).await.unwrap().remove(0);
    assert!(trial.detail.unwrap().starts_with("given up: 1000"));
    assert_eq!(store.job(job).await.unwrap().unwrap().state, JobState::Failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_diverged_when_nothing_that_it_reports_was_measured() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    let (tuning, reporting) = (TUNING, 0);
    let (good, bad) = (TrialState::Succeeded, TrialState::Diverged);
    let searches = [
        (vec![(tuning, good), (reporting, bad)], JobState::Diverged),
        (vec![(tuning, bad), (reporting, good)], JobState::Succeeded),
        (vec![(reporting, bad), (reporting + 1, good)], JobState::Succeeded),
        (vec![(tuning, bad), (tuning + 1, bad)], JobState::Diverged),
        (vec![(tuning, good), (tuning + 1, bad)], JobState::Succeeded),
    ];
    for (trials, expected) in searches {
        let probe = |&(replicate, _): &(u64, TrialState)| Probe {
            cell: 0,
            samples: 8,
            learning_rate: 0.1,
            steps: 1,
            replicate,
        };
        let round = Round { probes: trials.iter().map(probe).collect(), reasons: Vec::new() };
        let count = u32::try_from(trials.len()).unwrap();
        let new = NewJob { first_round: Some(NextRound::of(round)), ..new_job("search", count) };
        let Created::New(job) = store.create_job(new).await.unwrap() else { panic!() };
        for (_, state) in &trials {
            let lease = store.claim("w", 1000).await.unwrap().unwrap().lease;
            let Completion::Reported { report, digest, seconds, .. } = reported("d") else { panic!() };
            let completion = Completion::Reported { state: *state, report, digest, seconds };
            store.complete(lease, completion).await.unwrap();
        }
        let over = NextRound::of(Round::default());
        assert!(store.add_round(job.id, i64::from(count), over).await.unwrap());
        assert_eq!(store.job(job.id).await.unwrap().unwrap().state, expected, "{trials:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_hold_for_a_day() {
    let directory = tempfile::tempdir().unwrap();
    let hands = Hands::default();
    let store = Store::open(directory.path(), hands.clock()).await.unwrap();
    let post = |digest: &str| {
        let mut new = new_job("key", 1);
        new.idempotency = Some(Idempotency { key: "k".into(), body_digest: digest.into() });
        store.create_job(new)
    };
    let Created::New(first) = post("a").await.unwrap() else { panic!("the first is new") };
    hands.forward(23 * 3_600_000);
    let Created::Replayed(second) = post("a").await.unwrap() else { panic!("the second is not") };
    assert_eq!(first.id, second.id);
    assert!(matches!(post("b").await, Err(StoreError::IdempotencyConflict)));
    hands.forward(2 * 3_600_000);
    assert!(matches!(post("b").await, Ok(Created::New(_))));
}

/// Hours by which the wall clock jumps while the steady one goes on.
const JUMPS: [i64; 5] = [1, -1, 25, -25, 24 * 3653];

#[tokio::test(flavor = "multi_thread")]
async fn a_wall_clock_that_jumps_changes_nothing_that_lasts() {
    for hours in JUMPS {
        let directory = tempfile::tempdir().unwrap();
        let (wall, steady) = (Hands::default(), Hands::default());
        wall.forward(1_800_000_000_000);
        let store = Store::open(directory.path(), steady.behind(&wall)).await.unwrap();
        let post = || {
            let mut new = new_job("key", 2);
            new.idempotency = Some(Idempotency { key: "k".into(), body_digest: "a".into() });
            store.create_job(new)
        };
        let Created::New(first) = post().await.unwrap() else { panic!("the first is new") };
        let held = store.claim("w", 1000).await.unwrap().unwrap();
        let later = create(&store, "later", 1).await;
        wall.forward(hours * 3_600_000);
        steady.forward(999);
        // no lease is lost, none holds longer, and a key is known
        assert_eq!(store.requeue_expired().await.unwrap(), 0, "{hours} h");
        assert!(matches!(post().await, Ok(Created::Replayed(row)) if row.id == first.id), "{hours} h");
        let after = create(&store, "after", 1).await;
        assert!(first.id < later.id && later.id < after.id, "{hours} h: ids are in the order of acceptance");
        steady.forward(2);
        assert_eq!(store.requeue_expired().await.unwrap(), 1, "{hours} h");
        store.complete(held.lease, reported("late")).await.unwrap();
        while let Some(claim) = store.claim("w", 1000).await.unwrap() {
            store.complete(claim.lease, reported("d")).await.unwrap();
        }
        for id in [first.id, later.id, after.id] {
            let row = store.job(id).await.unwrap().unwrap();
            assert!(
                row.created_ms <= row.started_ms.unwrap() && row.started_ms <= row.finished_ms,
                "{row:?}"
            );
        }
        // the next process goes on counting where this one ended
        steady.forward(24 * 3_600_000);
        store.close().await.unwrap();
        let store = Store::open(directory.path(), steady.behind(&wall)).await.unwrap();
        let mut new = new_job("key", 2);
        new.idempotency = Some(Idempotency { key: "k".into(), body_digest: "a".into() });
        assert!(matches!(store.create_job(new).await, Ok(Created::New(_))), "{hours} h: a day has passed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_ends_processes_waits_longer_each_time_and_fails() {
    let directory = tempfile::tempdir().unwrap();
    let hands = Hands::default();
    let store = Store::open(directory.path(), hands.clock()).await.unwrap();
    let (poison, other) = (create(&store, "poison", 1).await.id, create(&store, "other", 1).await.id);
    let died = || Completion::Died { detail: "by signal 9".into() };
    for wait_ms in [1000, 4000] {
        let claim = store.claim("w", 60_000).await.unwrap().unwrap();
        assert_eq!(claim.lease.job, poison);
        assert_eq!(store.complete(claim.lease, died()).await.unwrap(), Completed::Stored);
        // whoever comes late with the same news changes nothing
        assert_eq!(store.complete(claim.lease, died()).await.unwrap(), Completed::Fenced);
        hands.forward(wait_ms - 1);
        let next = store.claim("w", 60_000).await.unwrap();
        assert_eq!(next.as_ref().map(|claim| claim.lease.job), Some(other), "others go on meanwhile");
        store.release(next.unwrap().lease).await.unwrap();
        hands.forward(1);
    }
    let claim = store.claim("w", 60_000).await.unwrap().unwrap();
    assert_eq!((claim.lease.job, claim.attempt), (poison, 3));
    store.complete(claim.lease, died()).await.unwrap();
    let trial = store.trials(poison).await.unwrap().remove(0);
    assert_eq!(trial.state, TrialState::Failed);
    assert!(trial.detail.unwrap().contains("3 times, the last one by signal 9"));
    assert_eq!(store.job(poison).await.unwrap().unwrap().state, JobState::Failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_has_one_owner_and_a_damaged_file_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    create(&store, "kept", 1).await;
    let second = Store::open(directory.path(), Clock::system()).await;
    assert!(matches!(second, Err(StoreError::AlreadyOpen(_))));
    store.close().await.unwrap();
    let file = directory.path().join("bitgauge.sqlite");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[..16].copy_from_slice(b"not a database!!");
    std::fs::write(&file, &bytes).unwrap();
    let damaged = Store::open(directory.path(), Clock::system()).await;
    assert!(matches!(damaged, Err(StoreError::Corrupt { .. })), "{damaged:?}");
    assert_eq!(std::fs::read(&file).unwrap(), bytes, "nothing was written over it");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_text_and_never_patterns_or_sql() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    for name in ["100%", "a_b", "axb", "'; drop table jobs; --", "\\"] {
        create(&store, name, 1).await;
    }
    for (text, found) in [("%", 1), ("_", 1), ("a_b", 1), ("'; drop", 1), ("\\", 1), ("", 5)] {
        let filter = JobFilter { name: Some(text.into()), ..JobFilter::default() };
        let request = PageRequest { limit: 10, cursor: None, skip: 0 };
        let page = store.jobs(&filter, JobSort::NameAsc, &request).await.unwrap();
        assert_eq!(page.items.len(), found, "{text}");
    }
}
