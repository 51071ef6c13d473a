//! What happens when a notice is lost, a write fails once, or a trial is given up: the job goes
//! on by itself.

use std::time::Duration;

use bitgauge::app::{App, Options};
use bitgauge::job::{JobId, JobState, TrialState};
use bitgauge::store::{Store, StoreQueue};
use bitgauge::work::{Completion, WorkQueue};
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};

use super::{create, ended, job, open, searching};

/// A connection of its own to the database: what it changes nobody is told of.
async fn aside(directory: &tempfile::TempDir) -> SqliteConnection {
    let file = directory.path().join("bitgauge.sqlite");
    SqliteConnectOptions::new().filename(file).busy_timeout(Duration::from_secs(5)).connect().await.unwrap()
}

async fn execute(connection: &mut SqliteConnection, statement: &'static str) {
    sqlx::query(statement).execute(connection).await.unwrap();
}

fn without_workers() -> Options {
    Options { workers: 0, ..Options::default() }
}

/// Waits until the job has events of this kind, so many.
async fn events_of(store: &Store, job: JobId, kind: &str, count: usize) {
    let look = async {
        let mut happened = store.subscribe();
        loop {
            let events = store.events_after(job, 0, 10_000).await.unwrap();
            if events.iter().filter(|event| event.kind == kind).count() >= count {
                return;
            }
            // any hint, or a while without one
            let _ = tokio::time::timeout(Duration::from_millis(100), happened.recv()).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), look).await.expect("the events come");
}

/// Claims and completes all trials that wait.
async fn complete_all(store: &Store) -> usize {
    let queue = StoreQueue::new(store.clone());
    let mut count = 0;
    while let Some(assignment) = queue.claim("by hand", Duration::from_mins(1), u64::MAX).await.unwrap() {
        let report = bitgauge::science::trial::run(&assignment.trial, &mut ()).unwrap();
        queue.complete(assignment.lease, Completion::of(&report, 0.1)).await.unwrap();
        count += 1;
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_whose_end_nobody_was_told_of_is_followed_by_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    let app = App::on(store.clone(), without_workers()).await.unwrap();
    let id = create(&store, &searching()).await;
    // the round's trials end behind everybody's back
    let mut aside = aside(&directory).await;
    let report = r#"{"state": "diverged", "numeric_profile": "made up", "reproducible": false, "parameters": 30,
                     "dataset_bits": 60.0, "step": 1, "last_finite_loss_bits": null}"#;
    sqlx::query("update trials set state = 'diverged', report = ?")
        .bind(report)
        .execute(&mut aside)
        .await
        .unwrap();
    execute(&mut aside, "update jobs set state = 'running', started_ms = 1, diverged = queued, queued = 0")
        .await;
    events_of(&store, id, "search", 2).await;
    assert!(store.job(id).await.unwrap().unwrap().counts.queued > 0, "the next round waits");
    app.halt().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_that_could_not_be_added_is_added_later() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    let app = App::on(store.clone(), without_workers()).await.unwrap();
    let id = create(&store, &searching()).await;
    let mut aside = aside(&directory).await;
    // no trial can be added for now
    execute(
        &mut aside,
        "create trigger no_more_trials before insert on trials begin select raise(abort, 'not now'); end",
    )
    .await;
    let completed = complete_all(&store).await;
    assert!(completed > 0);
    // the coordinator has tried and failed: the job waits between two rounds
    let is_waiting = async || {
        let counts = store.job(id).await.unwrap().unwrap().counts;
        counts.queued + counts.running == 0
    };
    assert!(is_waiting().await);
    // longer than between two looks at the store
    tokio::time::timeout(Duration::from_secs(3), ended(&store, id)).await.expect_err("it cannot go on");
    assert!(is_waiting().await);
    execute(&mut aside, "drop trigger no_more_trials").await;
    events_of(&store, id, "search", 2).await;
    assert!(!is_waiting().await, "the next round waits for workers");
    app.halt().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_is_given_up_ends_its_round() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    let app = App::on(store.clone(), without_workers()).await.unwrap();
    let id = create(&store, &searching()).await;
    let queue = StoreQueue::new(store.clone());
    // the last worker that was to run it died, and its lease runs out
    let stuck = queue.claim("dies", Duration::from_millis(1), u64::MAX).await.unwrap().unwrap();
    let mut aside = aside(&directory).await;
    sqlx::query("update trials set attempt = 1000, lease_until_ms = 9000000000000 where number = ?")
        .bind(stuck.lease.number)
        .execute(&mut aside)
        .await
        .unwrap();
    complete_all(&store).await;
    execute(&mut aside, "update trials set lease_until_ms = 1 where state = 'running'").await;
    events_of(&store, id, "search", 2).await;
    let trials = store.trials(id).await.unwrap();
    let given_up = &trials[stuck.lease.number as usize];
    assert_eq!(given_up.state, TrialState::Failed);
    assert!(given_up.detail.as_deref().unwrap().starts_with("given up"));
    app.halt().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_ended_job_has_a_headline_also_a_cancelled_one() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    let app = App::on(store.clone(), without_workers()).await.unwrap();
    let sweep = job(&json!({
        "dataset": {"kind": "random_labels", "inputs": 4},
        "network": {"kind": "linear"},
        "training": {"steps": 20},
        "sweep": [{"path": "/dataset/samples", "values": [4, 8, 16]}],
        "seeds": 2,
    }));
    let (cancelled, done) = (create(&store, &sweep).await, create(&store, &sweep).await);
    store.cancel_job(cancelled).await.unwrap();
    complete_all(&store).await;
    assert_eq!(ended(&store, done).await.state, JobState::Succeeded);
    let look = async {
        loop {
            let rows = [store.job(cancelled).await, store.job(done).await].map(|row| row.unwrap().unwrap());
            if rows.iter().all(|row| row.headline_json.is_some()) {
                return rows;
            }
            tokio::task::yield_now().await;
        }
    };
    let rows = tokio::time::timeout(Duration::from_secs(30), look).await.expect("headlines come");
    assert_eq!(rows[0].headline_json.as_deref(), Some(r#"{"capacity":[]}"#));
    assert!(rows[1].headline_json.as_deref().unwrap().contains("capacity_bits"));
    app.halt().await;
}
