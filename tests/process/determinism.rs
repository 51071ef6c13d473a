//! The number of workers changes nothing.

use super::process::{Process, sweep};

async fn tables(workers: u16) -> (String, String) {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start(directory.path(), workers);
    let path = process.submit(&sweep()).await;
    process.ended(&path).await;
    let tables = (process.table(&path, "trials").await, process.table(&path, "results").await);
    assert!(process.terminate().success());
    tables
}

#[tokio::test(flavor = "multi_thread")]
async fn one_worker_and_three_give_the_same_bytes() {
    let one = tables(1).await;
    assert!(one.0.lines().skip(1).all(|line| line.contains(",succeeded,")), "{}", one.0);
    assert_eq!(one, tables(3).await);
}
