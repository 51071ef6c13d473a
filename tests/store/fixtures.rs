//! Databases that earlier versions wrote are opened, and say what they said.

use std::path::{Path, PathBuf};

use bitgauge::outcome::Digest;
use bitgauge::store::{Clock, Store, scrub};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/db");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sqlite"));
    files.sort();
    files
}

/// What every version knows of trials and jobs, in order, as a digest.
async fn meaning(file: &Path) -> (usize, Digest) {
    let mut connection = SqliteConnectOptions::new().filename(file).read_only(true).connect().await.unwrap();
    let trials: Vec<(String, i64, String, Option<String>, Option<String>, Option<f64>)> =
        sqlx::query_as("select job, number, state, report, digest, seconds from trials order by job, number")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let jobs: Vec<(String, String, String, String, i64, Option<i64>)> =
        sqlx::query_as("select id, name, tags, spec, created_ms, finished_ms from jobs order by id")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    connection.close().await.unwrap();
    (trials.len(), Digest::of(format!("{trials:?}{jobs:?}").as_bytes()))
}

#[tokio::test]
async fn every_schema_that_was_handed_on_is_migrated_without_changing_a_result() {
    let fixtures = fixtures();
    assert!(!fixtures.is_empty());
    for fixture in fixtures {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("bitgauge.sqlite");
        std::fs::copy(&fixture, &file).unwrap();
        let (trials, before) = meaning(&file).await;
        assert!(trials > 0, "{}", fixture.display());
        let store = Store::open(directory.path(), Clock::system()).await.unwrap();
        while store.seal_some(0, 8).await.unwrap() {}
        assert_eq!(store.broken_seal().await.unwrap(), None);
        for job in store.jobs_to_evaluate(u32::MAX, 100).await.unwrap() {
            let rows = store.trials(job).await.unwrap();
            assert!(
                rows.iter().all(|row| row.outcome().is_ok()),
                "{}: unreadable reports",
                fixture.display()
            );
            assert!(store.spec(job).await.unwrap().is_ok(), "{}: an unreadable spec", fixture.display());
        }
        store.close().await.unwrap();
        assert_eq!(meaning(&file).await, (trials, before), "{}", fixture.display());
        let found = scrub(directory.path()).await.unwrap();
        assert_eq!(found.faults, Vec::<String>::new(), "{}", fixture.display());
    }
}
