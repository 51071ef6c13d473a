//! What follows from a job, as rows: all of one evaluation or none.

use bitgauge::store::{
    CellRow, Kinds, MeasurementRow, NewEvaluation, PageRequest, ResultFilter, ResultSort, Store, StoreError,
};

use super::{Hands, create, reported};

pub(super) fn evaluation(version: u32, cells: u32, mean: f64, finished_ms: Option<i64>) -> NewEvaluation {
    let cell = |cell: u32| CellRow {
        cell,
        stage: None,
        coordinates_json: format!("{{\"/dataset/samples\":{cell}}}"),
        kinds: Kinds {
            source: "random_labels".into(),
            network: "linear".into(),
            regularizers_json: "[]".into(),
            optimizer: "adam".into(),
        },
        samples: cell.into(),
        parameters: 5,
        dataset_bits: 8.0,
        succeeded: 1,
        failed: 0,
        diverged: 0,
        cancelled: 0,
    };
    let measurement = |cell: u32| MeasurementRow {
        cell,
        quantity: "memorized_bits".into(),
        unit: "bits".into(),
        estimator: "memorized_bits".into(),
        bound: "lower".into(),
        n: 1,
        mean,
        sd: None,
        ci95_low: None,
        ci95_high: None,
        interval_method: "one_replicate".into(),
    };
    NewEvaluation {
        analysis_version: version,
        finished_ms,
        version: "0".into(),
        headline_json: "{\"capacity\":[]}".into(),
        cells: (0..cells).map(cell).collect(),
        measurements: (0..cells).map(measurement).collect(),
        ..NewEvaluation::default()
    }
}

/// Means of all stored measurements.
async fn means(store: &Store) -> Vec<f64> {
    let page = PageRequest { limit: 10_000, cursor: None, skip: 0 };
    let found = store.measurements(&ResultFilter::default(), ResultSort::default(), &page).await.unwrap();
    found.items.iter().map(|item| item.measured.mean).collect()
}

#[tokio::test]
async fn a_later_evaluation_takes_the_place_of_an_earlier_one() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), Hands::default().clock()).await.unwrap();
    let job = create(&store, "a", 1).await.id;
    assert!(store.jobs_to_evaluate(1, 10).await.unwrap().is_empty(), "it has not ended");
    let lease = store.claim("w", 1000).await.unwrap().unwrap().lease;
    store.complete(lease, reported("d")).await.unwrap();
    assert_eq!(store.jobs_to_evaluate(1, 10).await.unwrap(), [job]);
    let finished_ms = store.job(job).await.unwrap().unwrap().finished_ms;
    // more rows than go into one transaction
    store.store_evaluation(job, evaluation(1, 4500, 1.0, finished_ms)).await.unwrap();
    assert!(store.jobs_to_evaluate(1, 10).await.unwrap().is_empty());
    assert_eq!(means(&store).await, vec![1.0; 4500]);
    // a later version of the analysis looks at it again
    assert_eq!(store.jobs_to_evaluate(2, 10).await.unwrap(), [job]);
    store.store_evaluation(job, evaluation(2, 3, 2.0, finished_ms)).await.unwrap();
    assert_eq!(means(&store).await, [2.0; 3]);
    assert_eq!(store.job(job).await.unwrap().unwrap().headline_json.as_deref(), Some("{\"capacity\":[]}"));
    store.close().await.unwrap();
    // nothing of the earlier one is left in the file, and people can read it
    let file = directory.path().join("bitgauge.sqlite");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).read_only(true);
    let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let rows: (i64, i64, i64) = sqlx::query_as(
        "select (select count(*) from results), (select count(*) from measurements), (select count(*) from evaluations)",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(rows, (3, 3, 1));
}

#[tokio::test]
async fn what_was_evaluated_of_a_job_that_went_on_is_not_shown() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), Hands::default().clock()).await.unwrap();
    let job = create(&store, "a", 1).await.id;
    let lease = store.claim("w", 1000).await.unwrap().unwrap().lease;
    store.complete(lease, reported("d")).await.unwrap();
    store.store_evaluation(job, evaluation(1, 3, 1.0, Some(-1))).await.unwrap();
    assert!(means(&store).await.is_empty());
    assert_eq!(store.jobs_to_evaluate(1, 10).await.unwrap(), [job]);
    let gone = create(&store, "b", 1).await.id;
    assert_ne!(gone, job);
    let unknown = "01890000-0000-7000-8000-000000000000".parse().unwrap();
    let refused = store.store_evaluation(unknown, evaluation(1, 1, 1.0, None)).await;
    assert!(matches!(refused, Err(StoreError::NotFound)));
    store.close().await.unwrap();
}
