//! The coordinator: rounds, ends and headlines follow from what is in the store, whatever is
//! told of it and whatever failed on the way.

mod lost;
mod searches;

use std::time::Duration;

use bitgauge::app::{App, Options};
use bitgauge::job::JobId;
use bitgauge::outcome::TrialOutcome;
use bitgauge::spec::ValidJobSpec;
use bitgauge::spec::admission::Limits;
use bitgauge::store::{Clock, Created, JobRow, NewJob, Store, TrialRow};
use serde_json::{Value, json};

fn job(spec: &Value) -> ValidJobSpec {
    ValidJobSpec::parse(spec.to_string().as_bytes(), &Limits::default()).unwrap()
}

/// A search for the capacity of one neuron.
fn searching() -> ValidJobSpec {
    job(&json!({
        "dataset": {"kind": "random_labels", "inputs": 30},
        "network": {"kind": "linear", "bias": false},
        "training": {"steps": 800},
        "search": {"kind": "capacity", "tolerance": 0.1},
        "seeds": 8,
    }))
}

async fn open(directory: &tempfile::TempDir) -> Store {
    Store::open(directory.path(), Clock::system()).await.unwrap()
}

async fn create(store: &Store, spec: &ValidJobSpec) -> JobId {
    let new = NewJob::of(spec, store.clock().now_ms(), None);
    let (Created::New(row) | Created::Replayed(row)) = store.create_job(new).await.unwrap();
    row.id
}

/// Waits for the job's end.
async fn ended(store: &Store, id: JobId) -> JobRow {
    tokio::time::timeout(Duration::from_mins(2), store.ended(id)).await.expect("the job ends").unwrap()
}

/// Runs a job to its end, and leaves the store open.
async fn run_to_the_end(store: &Store, id: JobId) -> JobRow {
    let app = App::on(store.clone(), Options::default()).await.unwrap();
    let row = ended(store, id).await;
    app.halt().await;
    row
}

async fn outcomes(store: &Store, id: JobId) -> Vec<TrialOutcome> {
    store.trials(id).await.unwrap().iter().map(TrialRow::outcome).collect::<Result<_, _>>().unwrap()
}
