//! What the store promises, one sentence each.

use bitgauge::job::{JobState, TrialState};
use bitgauge::search::Round;
use bitgauge::spec::search::{Probe, TUNING};
use bitgauge::store::{
    Clock, Created, Idempotency, JobFilter, JobSort, NewJob, NextRound, PageRequest, Store, StoreError,
};
use bitgauge::work::Completion;

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
    for _ in 0..49 {
        assert!(store.claim("w", 1000).await.unwrap().is_some());
        assert_eq!(store.recover().await.unwrap(), 1);
    }
    store.close().await.unwrap();
    store = open(&directory).await;
    assert!(store.claim("w", 1000).await.unwrap().is_some());
    store.recover().await.unwrap();
    let trial = store.trials(job).await.unwrap().remove(0);
    assert!(trial.detail.unwrap().starts_with("given up: 50"));
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
        let request = PageRequest { limit: 10, cursor: None };
        let page = store.jobs(&filter, JobSort::NameAsc, &request).await.unwrap();
        assert_eq!(page.items.len(), found, "{text}");
    }
}
