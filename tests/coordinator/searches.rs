//! Searches: rounds that are added once, survive a stop between them, and end.

use bitgauge::app::{App, Options};
use bitgauge::evaluation::Evaluation;
use bitgauge::job::{JobId, JobState};
use bitgauge::search::{next, opening};
use bitgauge::spec::search::{Probe, Stage};
use bitgauge::store::{JobRow, NextRound, Store};
use serde_json::json;

use super::{create, job, open, outcomes, run_to_the_end, searching};

#[tokio::test(flavor = "multi_thread")]
async fn a_search_goes_on_round_by_round_and_reports_draws_that_chose_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    let id = create(&store, &searching()).await;
    let row = run_to_the_end(&store, id).await;
    assert_eq!((row.state, row.counts.succeeded), (JobState::Succeeded, row.counts.trials));
    let trials = outcomes(&store, id).await;
    let evaluation = Evaluation::of(searching().into(), trials.clone());
    let analyses = &evaluation.analyses;
    let found = &analyses.capacity[0];
    let account = found.search.unwrap();
    assert!(account.work <= account.work_limit && account.reporting_draws >= 8);
    assert!(analyses.notes.iter().any(|note| note.contains("lower bound")), "{:?}", analyses.notes);
    // a neuron of thirty weights stores about one and a half bits in each
    let each = found.estimate.bits_per_parameter.interval;
    assert!((1.2..1.9).contains(&each.mean), "{each:?}");
    let probes = trials.iter().filter_map(|trial| trial.probe);
    let (tuning, reporting): (Vec<_>, Vec<_>) = probes.partition(|probe| probe.stage() == Stage::Tuning);
    let drawn = |probes: &[Probe]| {
        probes.iter().map(|probe| probe.replicate).collect::<std::collections::BTreeSet<_>>()
    };
    assert!(drawn(&tuning).is_disjoint(&drawn(&reporting)));
    let reported = reporting.iter().filter(|probe| probe.samples == found.estimate.peak_samples);
    assert!(reported.count() as u64 >= account.reporting_draws);
    // a larger size was tried on the same replicates
    assert!(account.larger_samples.unwrap() > found.estimate.peak_samples);
    assert!(account.fall_at_the_larger_size.unwrap().n >= 8);
    // each round says why, and there is nothing more to do
    let events = store.events_after(id, 0, 10_000).await.unwrap();
    let rounds: Vec<_> = events.iter().filter(|event| event.kind == "search").collect();
    assert!(rounds.len() > 5 && rounds[0].data.contains("learning rate"), "{}", rounds[0].data);
    assert!(rounds.last().unwrap().data.contains("done"));
    assert_eq!(events.last().unwrap().kind, "end");
    assert!(next(&searching(), &trials).probes.is_empty());
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_neuron_is_found_to_learn_two_bits_a_weight_without_error() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 30},
        "network": {"kind": "linear", "bias": false},
        "training": {"steps": 1500},
        "search": {"kind": "lossless", "tolerance": 0.05},
        "seeds": 8,
    });
    let spec = job(&spec);
    let id = create(&store, &spec).await;
    assert_eq!(run_to_the_end(&store, id).await.state, JobState::Succeeded);
    let evaluation = Evaluation::of(spec.into(), outcomes(&store, id).await);
    let found = &evaluation.analyses.capacity[0];
    let estimate = &found.estimate;
    let error = estimate.lossless_samples_median_standard_error.unwrap() / 30.0;
    let each = estimate.lossless_bits_per_parameter_median.unwrap();
    assert!((each - 2.0).abs() < 4.0 * error && error < 0.06, "{each} +- {error}");
    assert!(found.search.unwrap().raise_of_twice_the_steps.is_some());
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_search_takes_the_same_way_with_one_worker_and_after_every_restart() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    let id = create(&store, &searching()).await;
    run_to_the_end(&store, id).await;
    let whole = probes(&store, id).await;
    store.close().await.unwrap();
    // a few trials a process
    let directory = tempfile::tempdir().unwrap();
    let mut store = open(&directory).await;
    let id = create(&store, &searching()).await;
    loop {
        let row = some_trials(&store, id).await;
        let is_over = row.state.is_terminal();
        let found = probes(&store, id).await;
        store.close().await.unwrap();
        if is_over {
            assert_eq!(whole, found);
            return;
        }
        store = open(&directory).await;
    }
}

async fn probes(store: &Store, id: JobId) -> Vec<Option<Probe>> {
    outcomes(store, id).await.into_iter().map(|outcome| outcome.probe).collect()
}

/// Runs a job on one worker until a dozen more of its trials have ended, or all.
async fn some_trials(store: &Store, id: JobId) -> JobRow {
    let mut happened = store.subscribe();
    let app = App::on(store.clone(), Options { workers: 1, ..Options::default() }).await.unwrap();
    let before = store.job(id).await.unwrap().unwrap().counts.succeeded;
    let row = loop {
        let row = store.job(id).await.unwrap().unwrap();
        if row.state.is_terminal() || row.counts.succeeded >= before + 12 {
            break row;
        }
        let _ = happened.recv().await;
    };
    app.halt().await;
    row
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_is_added_once_and_never_to_what_was_cancelled() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    let id = create(&store, &searching()).await;
    let first = store.job(id).await.unwrap().unwrap().counts.trials;
    let round = NextRound::of(opening(&searching()).round.unwrap());
    assert!(!store.add_round(id, first, round.clone()).await.unwrap(), "its trials have not ended");
    store.cancel_job(id).await.unwrap();
    assert!(!store.add_round(id, first, round).await.unwrap(), "it was cancelled");
    assert_eq!(store.job(id).await.unwrap().unwrap().state, JobState::Cancelled);
    store.close().await.unwrap();
}
