//! kill -9 in the middle of the removal of a large job: the job stays gone, its space is given back, and
//! nothing else is lost.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};
use tokio::time::timeout;

use super::process::{Process, sweep};

const JOBS: usize = 6;
const TRIALS: i64 = 10_000;
const PATIENCE: Duration = Duration::from_mins(2);

/// As many trials as a job may have, none of which runs.
fn large_job() -> Value {
    json!({
        "dataset": {"kind": "random_labels", "inputs": 4, "samples": 8},
        "network": {"kind": "linear"},
        "sweep": [{"path": "/training/steps", "values": (1..=1250).collect::<Vec<_>>()}],
        "seeds": 8,
    })
}

async fn number(directory: &Path, query: &'static str, job: &str) -> i64 {
    let options = SqliteConnectOptions::new()
        .filename(directory.join("bitgauge.sqlite"))
        .read_only(true)
        .busy_timeout(PATIENCE);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let number = sqlx::query_scalar(query).bind(job).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    number
}

async fn trials(directory: &Path, job: &str) -> i64 {
    number(directory, "select count(*) from trials where job = ?", job).await
}

async fn wait_for(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waited = timeout(PATIENCE, async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    });
    assert!(waited.await.is_ok(), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_being_removed_stays_gone() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let process = Process::start(directory, 2);
    let kept = process.submit(&sweep()).await;
    process.ended(&kept).await;
    let tables = [process.table(&kept, "trials").await, process.table(&kept, "results").await];
    assert!(process.terminate().success());

    let mut process = Process::start(directory, 0);
    let mut large = Vec::new();
    for _ in 0..JOBS {
        large.push(process.submit(&large_job()).await);
    }
    let mut in_the_middle = 0;
    for path in &large {
        let job = path.rsplit('/').next().unwrap();
        assert_eq!(trials(directory, job).await, TRIALS);
        assert_eq!(process.delete(&format!("{path}?force=true")).await, 204);
        wait_for("its rows are removed", async || trials(directory, job).await < TRIALS).await;
        process.kill();
        in_the_middle += usize::from(trials(directory, job).await > 0);
        process = Process::start(directory, 0);
        assert_eq!(process.status(path).await, 404);
    }
    assert!(in_the_middle > 0, "every removal was over before its process was killed");
    for path in &large {
        let job = path.rsplit('/').next().unwrap();
        let is_gone = async || number(directory, "select count(*) from jobs where id = ?", job).await == 0;
        wait_for("what was left is removed", is_gone).await;
        assert_eq!(trials(directory, job).await, 0);
        assert_eq!(process.status(path).await, 404);
    }
    // the pages that stay free are for what comes next
    let free = async || {
        number(directory, "select freelist_count from pragma_freelist_count where ?1 = ?1", "").await
    };
    wait_for("the space is given back", async || free().await <= 1000).await;
    assert_eq!([process.table(&kept, "trials").await, process.table(&kept, "results").await], tables);
    let listed = process.json("/v1/jobs").await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert!(process.terminate().success());
    let store = bitgauge::store::Store::open(directory, bitgauge::store::Clock::system()).await.unwrap();
    assert_eq!(store.broken_seal().await.unwrap(), None);
}
