//! What the store promises, one sentence each.

use bitgauge::job::JobState;
use bitgauge::store::{
    Checkpoint, Clock, Completed, Created, Idempotency, JobFilter, JobSort, PageRequest, Store, StoreError,
};

use super::{Hands, create, new_job, reported};

async fn open(directory: &tempfile::TempDir) -> Store {
    Store::open(directory.path(), Clock::system()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trial_goes_to_one_of_many_that_ask_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    create(&store, "race", 50).await;
    let askers: Vec<_> = (0..100)
        .map(|i| {
            let store = store.clone();
            tokio::spawn(async move { store.claim(&format!("w{i}"), 60_000).await.unwrap() })
        })
        .collect();
    let mut numbers = Vec::new();
    for asker in askers {
        numbers.extend(asker.await.unwrap().map(|claim| claim.lease.number));
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (0..50).collect::<Vec<u32>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_comes_twice_changes_nothing_and_another_one_raises_an_alarm() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    let job = create(&store, "twice", 1).await.id;
    let claim = store.claim("w", 1000).await.unwrap().unwrap();
    let first = store.complete(claim.lease, reported("a")).await.unwrap();
    assert_eq!(first, Completed::Stored { job_ended: true, round_ended: false });
    assert_eq!(store.complete(claim.lease, reported("a")).await.unwrap(), Completed::Already);
    assert_eq!(store.digest_alarms().await.unwrap(), 0);
    assert_eq!(store.complete(claim.lease, reported("b")).await.unwrap(), Completed::Already);
    assert_eq!(store.digest_alarms().await.unwrap(), 1);
    assert_eq!(store.trials(job).await.unwrap()[0].digest.as_deref(), Some("a"));
    assert_eq!(store.job(job).await.unwrap().unwrap().state, JobState::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_lost_its_lease_is_fenced_off() {
    let directory = tempfile::tempdir().unwrap();
    let hands = Hands::default();
    let store = Store::open(directory.path(), hands.clock()).await.unwrap();
    create(&store, "lost", 1).await;
    let slow = store.claim("slow", 1000).await.unwrap().unwrap();
    hands.forward(1001);
    let next = store.claim("next", 1000).await.unwrap().unwrap();
    assert_eq!((next.lease.epoch, next.attempt), (2, 2));
    assert!(!store.heartbeat(slow.lease, 1000).await.unwrap());
    assert_eq!(store.complete(slow.lease, reported("a")).await.unwrap(), Completed::Fenced);
    assert!(matches!(store.complete(next.lease, reported("a")).await.unwrap(), Completed::Stored { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn trials_given_back_are_as_if_never_claimed_and_crashes_are_counted() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = open(&directory).await;
    let job = create(&store, "crash", 1).await.id;
    for _ in 0..60 {
        let claim = store.claim("w", 1000).await.unwrap().unwrap();
        assert_eq!(claim.attempt, 1);
        store.release(claim.lease).await.unwrap();
    }
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

#[tokio::test(flavor = "multi_thread")]
async fn checkpoints_belong_to_the_last_claim_and_go_with_the_trial() {
    let directory = tempfile::tempdir().unwrap();
    let hands = Hands::default();
    let store = Store::open(directory.path(), hands.clock()).await.unwrap();
    let job = create(&store, "long", 2).await.id;
    let slow = store.claim("slow", 1000).await.unwrap().unwrap();
    assert!(!slow.has_checkpoint);
    store.save_checkpoint(slow.lease, 10, b"ten".to_vec()).await.unwrap();
    store.save_checkpoint(slow.lease, 20, b"twenty".to_vec()).await.unwrap();
    hands.forward(1001);
    let next = store.claim("next", 1000).await.unwrap().unwrap();
    assert!(next.has_checkpoint);
    // whoever lost the trial saves nothing
    store.save_checkpoint(slow.lease, 99, b"late".to_vec()).await.unwrap();
    let saved = |number| store.checkpoint(job, number);
    assert_eq!(saved(0).await.unwrap().unwrap(), Checkpoint { step: 20, state: b"twenty".to_vec() });
    // given back, it stays; completed, it goes
    store.release(next.lease).await.unwrap();
    let again = store.claim("again", 1000).await.unwrap().unwrap();
    assert!(again.has_checkpoint);
    store.complete(again.lease, reported("a")).await.unwrap();
    assert_eq!(saved(0).await.unwrap(), None);
    store.save_checkpoint(again.lease, 30, b"after".to_vec()).await.unwrap();
    assert_eq!(saved(0).await.unwrap(), None);
    // and with a cancelled job
    let other = store.claim("other", 1000).await.unwrap().unwrap();
    store.save_checkpoint(other.lease, 5, b"five".to_vec()).await.unwrap();
    store.cancel_job(job).await.unwrap();
    assert_eq!(saved(1).await.unwrap(), None);
}
