//! What was stored is what is read: damage is found, backups are whole, and restored ones are used.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use bitgauge::store::{Clock, Store, StoreError, backup, restore, scrub};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use super::evaluations::evaluation;
use super::{create, reported};

/// A store with one job that has ended, sealed.
async fn with_a_job(directory: &Path) -> (Store, bitgauge::job::JobId) {
    let store = Store::open(directory, Clock::system()).await.unwrap();
    let job = create(&store, "whole", 3).await.id;
    while let Some(claimed) = store.claim("w", 1000).await.unwrap() {
        store.complete(claimed.lease, reported(&format!("report {}", claimed.lease.number))).await.unwrap();
    }
    while store.seal_some(0, 8).await.unwrap() {}
    (store, job)
}

/// Changes the file behind the store's back.
pub(super) async fn change(directory: &Path, sql: &str) {
    let file = directory.join("bitgauge.sqlite");
    let mut other = SqliteConnectOptions::new().filename(file).foreign_keys(false).connect().await.unwrap();
    assert!(
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut other).await.unwrap().rows_affected() > 0,
        "{sql}"
    );
    other.close().await.unwrap();
}

#[tokio::test]
async fn a_changed_report_is_never_served() {
    let directory = tempfile::tempdir().unwrap();
    let (store, job) = with_a_job(directory.path()).await;
    assert_eq!(store.trials(job).await.unwrap().len(), 3);
    store.ping().await.unwrap();
    change(directory.path(), "update trials set report = 'report 7' where number = 1").await;
    let damaged = |error: StoreError| matches!(error, StoreError::Corrupt { .. });
    assert!(store.trials(job).await.is_err_and(damaged));
    assert!(store.trial(job, 1).await.is_err_and(damaged));
    assert!(store.trials_from(job, 1, 1, Ok).await.is_err_and(damaged));
    assert_eq!(store.trial(job, 0).await.unwrap().unwrap().number, 0);
    // and the server is not ready any more
    assert!(store.ping().await.is_err_and(damaged));
}

#[tokio::test]
async fn any_number_that_changed_breaks_the_seal_of_its_job() {
    for sql in [
        "update trials set seconds = seconds + 1e-9 where number = 2",
        "update trials set digest = 'x' || digest where number = 0",
        "update trials set attempt = attempt + 1 where number = 0",
        "update jobs set created_ms = created_ms + 1",
        "update jobs set plan = '{\"a\":1}'",
        "delete from trials where number = 1",
    ] {
        let directory = tempfile::tempdir().unwrap();
        let (store, job) = with_a_job(directory.path()).await;
        assert_eq!(store.broken_seal().await.unwrap(), None);
        assert_eq!(scrub(directory.path()).await.unwrap().faults, Vec::<String>::new());
        change(directory.path(), sql).await;
        assert_eq!(store.broken_seal().await.unwrap(), Some(job), "{sql}");
        let found = scrub(directory.path()).await.unwrap();
        assert!(!found.faults.is_empty() && found.faults[0].contains(&job.to_string()), "{sql}: {found:?}");
    }
    // an evaluation that is on its way does not break it, nor who may change a job
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = with_a_job(directory.path()).await;
    let begun = "insert into evaluations (job, generation, analysis_version, version, seed, made_ms)
                 select id, generation + 1, 2, 'later', '0', 0 from jobs";
    change(directory.path(), begun).await;
    assert_eq!(store.broken_seal().await.unwrap(), None);
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = with_a_job(directory.path()).await;
    change(directory.path(), "update jobs set name = 'other', tags = '[]', notes = 'n'").await;
    assert_eq!(store.broken_seal().await.unwrap(), None);
}

#[tokio::test]
async fn results_are_sealed_by_what_shows_them() {
    let directory = tempfile::tempdir().unwrap();
    let (store, job) = with_a_job(directory.path()).await;
    let row = store.job(job).await.unwrap().unwrap();
    store.store_evaluation(job, evaluation(1, 2, 1.5, row.finished_ms)).await.unwrap();
    assert_eq!(store.broken_seal().await.unwrap(), None);
    // no time passes in which a start would take what is there for what was stored
    change(directory.path(), "update measurements set mean = mean + 1e-9").await;
    assert_eq!(store.broken_seal().await.unwrap(), Some(job));
    // what is evaluated anew is sealed anew
    store.store_evaluation(job, evaluation(2, 2, 1.5, row.finished_ms)).await.unwrap();
    assert_eq!(store.broken_seal().await.unwrap(), None);
}

#[tokio::test]
async fn a_start_waits_no_longer_for_one_large_job_than_for_many() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), Clock::system()).await.unwrap();
    let job = create(&store, "large", 300_000).await.id;
    store.cancel_job(job).await.unwrap();
    while store.seal_some(0, 8).await.unwrap() {}
    let begun = Instant::now();
    store.look_through_at_start().await;
    let waited = begun.elapsed();
    let begun = Instant::now();
    assert_eq!(store.broken_seal().await.unwrap(), None);
    let whole = begun.elapsed();
    assert!(waited < Duration::from_millis(900), "{waited:?}, and {whole:?} for all");
    store.ping().await.unwrap();
    store.close().await.unwrap();
}

#[tokio::test]
async fn an_index_that_does_not_fit_its_table_is_found_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = with_a_job(directory.path()).await;
    store.close().await.unwrap();
    let hidden = "pragma writable_schema = 1;
                  create table kept as select * from sqlite_master where name = 'jobs_by_name';
                  delete from sqlite_master where name = 'jobs_by_name'";
    change(directory.path(), hidden).await;
    change(directory.path(), "update jobs set name = 'other'").await;
    let shown = "pragma writable_schema = 1; insert into sqlite_master select * from kept; drop table kept";
    change(directory.path(), shown).await;
    let opened = Store::open(directory.path(), Clock::system()).await;
    assert!(opened.is_err_and(|error| matches!(error, StoreError::Corrupt { .. })));
}

#[tokio::test]
async fn a_backup_of_a_store_in_use_is_whole_and_comes_back() {
    let (directory, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, job) = with_a_job(directory.path()).await;
    let file = elsewhere.path().join("backup.sqlite");
    let made = backup(directory.path(), &file).await.unwrap();
    assert_eq!(made.bytes, file.metadata().unwrap().len());
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    // never over another file
    assert!(backup(directory.path(), &file).await.unwrap_err().to_string().contains("exists already"));
    let later = create(&store, "later", 1).await.id;
    let before = store.trials(job).await.unwrap();
    // a directory in use is not restored into
    let refused = restore(&file, directory.path(), true).await.unwrap_err().to_string();
    assert!(refused.contains("another process has"), "{refused}");
    store.close().await.unwrap();
    let refused = restore(&file, directory.path(), false).await.unwrap_err().to_string();
    assert!(refused.contains("--replace"), "{refused}");
    let kept = restore(&file, directory.path(), true).await.unwrap().unwrap();
    assert!(kept.exists());
    let store = Store::open(directory.path(), Clock::system()).await.unwrap();
    assert_eq!(store.trials(job).await.unwrap(), before);
    assert!(store.job(later).await.unwrap().is_none(), "it came after the backup");
    assert_eq!(store.broken_seal().await.unwrap(), None);
}

#[tokio::test]
async fn what_is_no_whole_backup_is_refused_and_changes_nothing() {
    let (directory, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, job) = with_a_job(directory.path()).await;
    let file = elsewhere.path().join("backup.sqlite");
    backup(directory.path(), &file).await.unwrap();
    store.close().await.unwrap();
    let whole = std::fs::read(&file).unwrap();
    let text = elsewhere.path().join("text");
    std::fs::write(&text, "not a database").unwrap();
    let cut = elsewhere.path().join("cut");
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    for bad in [&text, &cut, &elsewhere.path().join("missing")] {
        assert!(restore(bad, directory.path(), true).await.is_err(), "{}", bad.display());
    }
    let store = Store::open(directory.path(), Clock::system()).await.unwrap();
    assert_eq!(store.trials(job).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_database_of_an_earlier_version_is_copied_before_it_is_migrated() {
    let directory = tempfile::tempdir().unwrap();
    let earlier = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/db/schema-0009.sqlite");
    std::fs::copy(&earlier, directory.path().join("bitgauge.sqlite")).unwrap();
    // again and again: the copy is of the first time
    for _ in 0..2 {
        Store::open(directory.path(), Clock::system()).await.unwrap().close().await.unwrap();
    }
    let files = std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path());
    let is_copy = |file: &std::path::PathBuf| file.to_string_lossy().contains("before-migration-9-to-");
    let copies: Vec<_> = files.filter(is_copy).collect();
    assert_eq!(copies.len(), 1, "{copies:?}");
    // it is a database of that version
    let elsewhere = tempfile::tempdir().unwrap();
    restore(&copies[0], elsewhere.path(), false).await.unwrap();
    Store::open(elsewhere.path(), Clock::system()).await.unwrap().close().await.unwrap();
}

#[tokio::test]
async fn checkpoints_are_files_that_go_with_their_trials() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), Clock::system()).await.unwrap();
    let files = || {
        let folder = std::fs::read_dir(directory.path().join("checkpoints")).unwrap();
        folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    let job = create(&store, "large", 2).await.id;
    let claimed = store.claim("w", 1000).await.unwrap().unwrap();
    // the last one came twice, or late: what is further counts
    for step in [10, 20, 20, 10] {
        store.save_checkpoint(claimed.lease, step, vec![7; 100_000]).await.unwrap();
    }
    let saved = store.checkpoint(job, claimed.lease.number).await.unwrap().unwrap();
    assert_eq!((saved.step, saved.state.len()), (20, 100_000));
    // who lost the lease saves nothing
    let lost = bitgauge::work::Lease { epoch: claimed.lease.epoch - 1, ..claimed.lease };
    store.save_checkpoint(lost, 30, vec![1]).await.unwrap();
    assert_eq!(store.checkpoint(job, claimed.lease.number).await.unwrap().unwrap().step, 20);
    // what a killed process left goes at the next start; what is needed stays
    std::fs::write(directory.path().join("checkpoints/left.part"), "half").unwrap();
    store.close().await.unwrap();
    let store = Store::open(directory.path(), Clock::system()).await.unwrap();
    store.recover().await.unwrap();
    assert_eq!(files().len(), 1, "{:?}", files());
    let again = store.claim("w", 1000).await.unwrap().unwrap();
    assert_eq!((again.lease.number, again.checkpoint_step), (claimed.lease.number, Some(20)));
    // who lost it saves the same step once more, too late: that does not take away what counts
    store.save_checkpoint(claimed.lease, 20, vec![7; 100_000]).await.unwrap();
    store.save_checkpoint(claimed.lease, 25, vec![7; 100_000]).await.unwrap();
    let begun = std::time::Instant::now();
    while files().len() > 1 {
        assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", files());
        tokio::task::yield_now().await;
    }
    assert_eq!(store.checkpoint(job, again.lease.number).await.unwrap().unwrap().state.len(), 100_000);
    store.complete(again.lease, reported("done")).await.unwrap();
    assert!(store.checkpoint(job, again.lease.number).await.unwrap().is_none());
    // removed after the commit, by a task of its own
    let begun = std::time::Instant::now();
    while !files().is_empty() {
        assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", files());
        tokio::task::yield_now().await;
    }
}
