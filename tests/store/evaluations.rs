//! What follows from a job, as rows: all of one evaluation or none.

use bitgauge::store::{
    CellRow, DocumentPart, DocumentRow, Kinds, MeasurementRow, NewEvaluation, PageRequest, ResultFilter,
    ResultSort, Store, StoreError,
};

use super::whole::change;
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

/// The same with documents of each cell and of all.
fn documented(cells: u32, finished_ms: Option<i64>) -> NewEvaluation {
    let result = |number: u32| DocumentRow::of(DocumentPart::Result, number, &text(number));
    let of_all = [DocumentPart::Analysis, DocumentPart::Outline].map(|part| DocumentRow::of(part, 0, b"{}"));
    let documents = (0..cells).map(result).chain(of_all).collect();
    NewEvaluation { documents, ..evaluation(1, cells, 1.0, finished_ms) }
}

fn text(number: u32) -> Vec<u8> {
    format!("{{\"cell\":{number}}}").repeat(100).into_bytes()
}

#[tokio::test]
async fn documents_of_an_ended_job_are_read_in_pages_as_long_as_they_are_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), Hands::default().clock()).await.unwrap();
    let job = create(&store, "a", 1).await.id;
    let lease = store.claim("w", 1000).await.unwrap().unwrap().lease;
    store.complete(lease, reported("d")).await.unwrap();
    assert_eq!(store.stored_results(job, 1, 0, 2).await.unwrap(), None);
    let finished_ms = store.job(job).await.unwrap().unwrap().finished_ms;
    // rows without documents, as earlier versions stored them
    store.store_evaluation(job, evaluation(1, 3, 1.0, finished_ms)).await.unwrap();
    assert_eq!(store.stored_results(job, 1, 0, 2).await.unwrap(), None);
    store.store_evaluation(job, documented(5, finished_ms)).await.unwrap();
    for (from, limit, expected, next) in [
        (0, 2, vec![0, 1], Some(2)),
        (2, 3, vec![2, 3, 4], None),
        (4, 9, vec![4], None),
        (9, 2, vec![], None),
    ] {
        let found = store.stored_results(job, 1, from, limit).await.unwrap().unwrap();
        assert_eq!(found.texts, expected.into_iter().map(text).collect::<Vec<_>>());
        assert_eq!(found.next, next);
    }
    let analysis = store.stored_document(job, 1, DocumentPart::Analysis).await.unwrap();
    assert_eq!(analysis.as_deref(), Some(&b"{}"[..]));
    // a later version of the analysis makes its own
    assert_eq!(store.stored_results(job, 2, 0, 2).await.unwrap(), None);
    assert_eq!(store.stored_document(job, 2, DocumentPart::Analysis).await.unwrap(), None);
    assert_eq!(store.broken_seal().await.unwrap(), None);
    store.close().await.unwrap();
}

#[tokio::test]
async fn documents_that_changed_are_not_served() {
    let changed =
        "update documents set body = unhex(substr(hex(body), 1, 30) || 'a7' || substr(hex(body), 33))";
    for (sql, is_of_all) in [
        (changed.to_owned() + " where part = 'result' and number = 1", false),
        (
            "update documents set body = unhex(hex(body) || '00') where part = 'result' and number = 2"
                .into(),
            false,
        ),
        ("delete from documents where part = 'result' and number = 2".into(), false),
        ("update documents set number = 7 where part = 'result' and number = 0".into(), false),
        ("delete from documents where part = 'outline'".into(), true),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), Hands::default().clock()).await.unwrap();
        let job = create(&store, "a", 1).await.id;
        let lease = store.claim("w", 1000).await.unwrap().unwrap().lease;
        store.complete(lease, reported("d")).await.unwrap();
        let finished_ms = store.job(job).await.unwrap().unwrap().finished_ms;
        store.store_evaluation(job, documented(3, finished_ms)).await.unwrap();
        change(directory.path(), &sql).await;
        let is_damaged = |error: StoreError| matches!(error, StoreError::Corrupt { .. });
        let refused = if is_of_all {
            store.stored_document(job, 1, DocumentPart::Outline).await.map(drop)
        } else {
            store.stored_results(job, 1, 0, 10).await.map(drop)
        };
        assert!(refused.is_err_and(is_damaged), "{sql}");
        assert!(store.ping().await.is_err_and(is_damaged), "{sql}");
        assert_eq!(store.broken_seal().await.unwrap(), Some(job), "{sql}");
        store.close().await.unwrap();
    }
}
