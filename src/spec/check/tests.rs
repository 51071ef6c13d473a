//! Faults of all sorts, and what a checked spec is.

use serde_json::json;

use super::*;

fn parse(value: &Value) -> Result<ValidJobSpec, Vec<String>> {
    ValidJobSpec::parse(value.to_string().as_bytes(), &Limits::default()).map_err(|rejection| {
        rejection.faults().iter().map(|fault| format!("{}: {}", fault.pointer, fault.detail)).collect()
    })
}

fn good() -> Value {
    json!({
        "dataset": {"kind": "random_labels", "inputs": 5, "samples": 10},
        "network": {"kind": "mlp", "hidden": [4]},
        "seeds": 3,
    })
}

#[test]
fn replicates_are_the_outer_loop_and_share_their_streams_across_cells() {
    let mut spec = good();
    spec["sweep"] = json!([{"path": "/dataset/samples", "values": [10, 20]}]);
    spec["seed"] = json!(9);
    let valid = parse(&spec).unwrap();
    assert_eq!((valid.cell_count(), valid.plan_of_cells().trials), (2, 6));
    let places: Vec<(usize, u64)> = (0..6).map(|trial| valid.place(trial)).collect();
    assert_eq!(places, [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)]);
    assert_eq!((valid.trial(3).seed, valid.trial(3).replicate), (9, 1));
    assert_eq!(valid.coordinates(1).0["/dataset/samples"], json!(20));
}

#[test]
fn a_swept_field_may_be_left_out_of_the_spec_and_defaults_may_be_swept() {
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 5},
        "network": {"kind": "linear"},
        "sweep": [
            {"path": "/dataset/samples", "values": [10, 20]},
            {"path": "/training/learning_rate", "values": [0.1]},
        ],
    });
    assert_eq!(parse(&spec).unwrap().cell_count(), 2);
}

#[test]
fn faults_of_all_sorts_and_places_come_together() {
    let mut spec = good();
    spec["name"] = json!("two\nlines");
    spec["seeds"] = json!(0);
    spec["training"] = json!({"learning_rate": -1.0, "steps": 0, "batch_size": 0, "optimizer": {"kind": "sgd", "momentum": 1.5}});
    spec["network"]["hidden"] = json!([4, 0]);
    spec["regularizers"] = json!([{"kind": "dropout", "rate": 1.0}]);
    spec["sweep"] = json!([{"path": "/dataset/samples", "values": [10, 0, "x"]}, {"path": "/dataset/colour", "values": [1]}]);
    let faults = parse(&spec).unwrap_err();
    for place in [
        "/name: control",
        "/seeds: lower than 1",
        "/training/learning_rate: lower",
        "/training/steps: lower",
        "/training/batch_size: lower",
        "/training/optimizer/momentum: greater",
        "/network/hidden/1: lower",
        "/regularizers/0/rate: greater",
        "/sweep/0/values/1: lower",
        "/sweep/0/values/2: invalid type",
        "/sweep/1/path: unknown field",
    ] {
        assert!(faults.iter().any(|fault| fault.starts_with(place)), "{place} not in {faults:#?}");
    }
}

#[test]
fn sweeps_beyond_the_limit_are_refused_before_they_are_expanded() {
    let values: Vec<Value> = (0..1000).map(Value::from).collect();
    let mut spec = good();
    spec["sweep"] = json!([
        {"path": "/dataset/samples", "values": values}, {"path": "/dataset/inputs", "values": values},
        {"path": "/training/steps", "values": values}, {"path": "/training/learning_rate", "values": values},
        {"path": "/training/batch_size", "values": values}, {"path": "/network/bias", "values": values},
        {"path": "/network/activation", "values": values}, {"path": "/dataset/classes", "values": values},
    ]);
    let faults = parse(&spec).unwrap_err();
    assert!(faults.iter().any(|f| f.starts_with("/sweep: ") && f.contains("100000")), "{faults:?}");
    // no more cells than can be analysed, however few replicates
    spec["seeds"] = json!(1);
    spec["sweep"] = json!([
        {"path": "/dataset/samples", "values": (1..=101).collect::<Vec<_>>()},
        {"path": "/training/steps", "values": (1..=100).collect::<Vec<_>>()},
    ]);
    assert_eq!(parse(&spec).unwrap_err(), ["/sweep: 10100 cells, at most 10000 are allowed"]);
}

#[test]
fn what_was_accepted_reads_back_equal() {
    let valid = parse(&good()).unwrap();
    assert_eq!(ValidJobSpec::from_stored(&valid.document().to_string()).unwrap(), valid);
}

#[test]
fn a_search_is_admitted_at_the_size_at_which_it_starts() {
    // 4e6 parameters at two bits each are more samples than a trial has memory for; 64 are not
    let mut spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 2000},
        "network": {"kind": "mlp", "hidden": [2000]},
        "training": {"steps": 1},
        "search": {"kind": "capacity"},
        "budget": {"trial_seconds": 600_000},
        "seeds": 8,
    });
    let faults = parse(&spec).unwrap_err();
    assert!(
        faults.len() == 1 && faults[0].starts_with("/dataset:") && faults[0].contains("1000000 samples"),
        "{faults:?}"
    );
    spec["dataset"]["samples"] = json!(64);
    assert!(parse(&spec).is_ok());
    // the time of a trial counts at that size too
    let mut spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 20},
        "network": {"kind": "mlp", "hidden": [300]},
        "training": {"steps": 5000},
        "search": {"kind": "capacity"},
        "budget": {"trial_seconds": 10},
        "seeds": 8,
    });
    let faults = parse(&spec).unwrap_err();
    assert!(faults.len() == 1 && faults[0].starts_with("/training/steps:"), "{faults:?}");
    spec["budget"]["trial_seconds"] = json!(1000);
    assert!(parse(&spec).is_ok());
}

#[test]
fn cells_that_take_too_long_are_one_fault() {
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 20, "samples": 64},
        "network": {"kind": "mlp", "hidden": [300]},
        "training": {"steps": 1_000_000},
        "budget": {"trial_seconds": 1},
        "sweep": [{"path": "/dataset/samples", "values": [16, 64, 32]}],
    });
    let faults = parse(&spec).unwrap_err();
    assert!(
        faults.len() == 1
            && faults[0].starts_with("/training/steps:")
            && faults[0].ends_with("(the largest of 3 cells of the sweep beyond it)"),
        "{faults:?}"
    );
}
