//! What is concluded from measurements: verdicts, intervals at the edge, and analyses that do not
//! depend on the order of a sweep.

use std::sync::Arc;

use bitgauge::drawing;
use bitgauge::evaluation::{Evaluation, Holds};
use bitgauge::figure::Request;
use bitgauge::outcome::TrialOutcome;
use bitgauge::science::analysis::interval::NoInterval;
use bitgauge::science::seed::{Purpose, Streams};
use bitgauge::spec::ValidJobSpec;
use rand::seq::SliceRandom;
use serde_json::{Value, json};

use super::{evaluate, parse};

/// A neuron that learns so many random labels of 8 inputs.
fn neuron(samples: &[u64], seeds: u32, claims: Value) -> Value {
    json!({
        "dataset": {"kind": "random_labels", "inputs": 8, "classes": 2},
        "network": {"kind": "linear", "bias": false},
        "training": {"learning_rate": 0.1, "steps": 300},
        "sweep": [{"path": "/dataset/samples", "values": samples}],
        "estimators": [{"kind": "memorized_bits"}],
        "seeds": seeds,
        "claims": claims,
    })
}

#[test]
fn one_replicate_decides_nothing_but_what_is_known_exactly() {
    let claims = json!([
        {"says": "eleven bits", "quantity": "memorized_bits", "relation": "at_least", "expected": 11.0},
        {"says": "sixteen bits of data", "quantity": "ledger.dataset_bits", "relation": "equal", "expected": 16.0},
    ]);
    let mut spec = neuron(&[16], 1, claims);
    for seed in 0..3 {
        spec["seed"] = json!(seed);
        let verdicts = evaluate(&spec).verdicts;
        assert_eq!((verdicts[0].verdict, verdicts[1].verdict), (Holds::Open, Holds::Yes));
        assert_eq!(verdicts[0].because, NoInterval::OneReplicate.words());
        assert!(verdicts[0].measured.is_some() && verdicts[0].p_value.is_none());
    }
}

#[test]
fn a_lower_bound_never_shows_that_the_truth_is_at_most_something() {
    // smoothed labels hide bits from the network's own probabilities: all 100 are held
    let claim = |relation: &str, about: &str| json!({"says": "two bits", "quantity": "memorized_bits", "relation": relation, "expected": 2.0, "about": about});
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 8, "classes": 2, "samples": 100},
        "network": {"kind": "mlp", "hidden": [64]},
        "regularizers": [{"kind": "label_smoothing", "rate": 0.99}],
        "training": {"learning_rate": 0.01, "steps": 400},
        "estimators": [{"kind": "memorized_bits"}],
        "claims": [
            claim("at_most", "truth"), claim("equal", "truth"), claim("at_most", "statistic"), claim("at_least", "truth"),
        ],
    });
    let evaluation = evaluate(&spec);
    let hard = &evaluation.results[0].measurements["memorized_bits_hard"].interval;
    let soft = &evaluation.results[0].measurements["memorized_bits"].interval;
    assert!(hard.mean > 50.0 && soft.mean < 2.0, "{hard:?} {soft:?}");
    let verdicts: Vec<Holds> = evaluation.verdicts.iter().map(|verdict| verdict.verdict).collect();
    assert_eq!(verdicts[..3], [Holds::Open, Holds::Open, Holds::Yes]);
    assert_ne!(verdicts[3], Holds::No);
    assert!(evaluation.verdicts[0].because.contains("lower bound"), "{}", evaluation.verdicts[0].because);
}

#[test]
fn where_all_data_are_held_the_mean_is_censored_and_the_lossless_size_is_not() {
    let claim = |quantity: &str, relation: &str, expected: f64| json!({"says": "s", "quantity": quantity, "relation": relation, "expected": expected});
    let claims = json!([
        claim("memorized_bits", "at_least", 1.0),
        claim("capacity.bits", "at_least", 1.0),
        claim("capacity.lossless_samples", "at_least", 4.0),
    ]);
    let evaluation = evaluate(&neuron(&[3, 4, 6], 12, claims));
    for result in &evaluation.results {
        let bits = &result.measurements["memorized_bits"].interval;
        assert_eq!((bits.no_interval, bits.ci95_low), (Some(NoInterval::Censored), None), "{bits:?}");
    }
    let capacity = &evaluation.analyses.capacity[0];
    assert_eq!(capacity.estimate.capacity_bits.lower_bound_95, None);
    assert!(capacity.limits()[0].contains("at least this"), "{:?}", capacity.limits());
    let verdicts: Vec<Holds> = evaluation.verdicts.iter().map(|verdict| verdict.verdict).collect();
    // 12 of 12 replicates at two sizes of at least 4: two times 2^-12
    assert_eq!(verdicts, [vec![Holds::Open; 4], vec![Holds::Yes]].concat());
    let p = evaluation.verdicts[4].p_value.unwrap();
    assert!((p - 2.0 * 2f64.powi(-12)).abs() < 1e-12, "{p}");
}

#[test]
fn the_figure_says_what_the_table_says() {
    let evaluation = evaluate(&neuron(&[4, 6, 8], 8, json!([])));
    let svg = drawing::svg(&evaluation, &Request::default(), &drawing::Look::default()).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let lines: Vec<&str> = document
        .descendants()
        .filter_map(|node| node.text())
        .map(str::trim)
        .filter(|t| !t.is_empty())
        .collect();
    let words = evaluation.analyses.capacity[0].limits();
    assert!(!words.is_empty());
    for limit in words {
        assert!(lines.join(" ").contains(limit), "{limit}: {lines:?}");
    }
}

#[test]
fn verdicts_of_one_job_are_corrected_together() {
    // of 30 fair coins some are called unfair by themselves; together none is
    let claims: Vec<Value> = (0..30u32)
        .map(|i| {
            let expected = 8.0 + f64::from(i) * 0.05;
            json!({"says": "s", "quantity": "memorized_bits", "relation": "at_least", "expected": expected})
        })
        .collect();
    let verdicts = evaluate(&neuron(&[20], 8, json!(claims))).verdicts;
    let holm: Vec<f64> = verdicts.iter().map(|verdict| verdict.p_adjusted.unwrap()).collect();
    let mut p: Vec<f64> = verdicts.iter().map(|verdict| verdict.p_value.unwrap()).collect();
    p.sort_by(f64::total_cmp);
    let least = holm.iter().copied().fold(1.0, f64::min);
    assert!((least - (30.0 * p[0]).min(1.0)).abs() < 1e-12);
    for verdict in &verdicts {
        let is_inside = verdict.adjusted_low.unwrap() >= verdict.expected;
        assert_eq!(verdict.verdict == Holds::Yes, is_inside, "{verdict:?}");
        assert_eq!(verdict.verdict == Holds::Open, verdict.p_adjusted.unwrap() > 0.05);
    }
}

#[test]
fn networks_are_no_knobs_unless_a_claim_says_so() {
    let spec = |claims: Value| {
        json!({
            "dataset": {"kind": "teacher_labels", "inputs": 6, "samples": 40, "flips": 0.2, "rule": {"kind": "linear"}},
            "network": {"kind": "mlp", "hidden": [16]},
            "training": {"learning_rate": 0.02, "steps": 60},
            "sweep": [{"path": "network", "cases": [
                {"name": "wide", "set": {}},
                {"name": "narrow", "set": {"/network/hidden": [2]}},
                {"name": "tanh", "set": {"/network/activation": "tanh"}},
            ]}],
            "estimators": [{"kind": "memorized_bits"}, {"kind": "generalization_gap"}],
            "seeds": 4,
            "claims": claims,
        })
    };
    assert!(evaluate(&spec(json!([]))).analyses.regularization.is_empty());
    let claim = json!([{"says": "s", "quantity": "axis.error_gap", "relation": "at_most", "expected": 0.03}]);
    let evaluation = evaluate(&spec(claim));
    assert_eq!(evaluation.analyses.regularization.len(), 1);
    assert_eq!(evaluation.verdicts.len(), 1);
}

/// Knobs of several kinds, sizes of data and of networks.
fn knobs() -> Value {
    let dropout = |rate: f64| json!([{"kind": "dropout", "rate": rate}]);
    let decay = |rate: f64| json!([{"kind": "weight_decay", "rate": rate}]);
    let claim = |quantity: &str, at: Value| json!({"says": "s", "quantity": quantity, "relation": "at_most", "expected": 0.5, "at": at});
    json!({
        "dataset": {"kind": "teacher_labels", "inputs": 5, "flips": 0.2, "rule": {"kind": "linear"}},
        "network": {"kind": "mlp", "hidden": [8]},
        "training": {"learning_rate": 0.03, "steps": 80},
        "sweep": [
            {"path": "/dataset/samples", "values": [20, 40]},
            {"path": "setting", "cases": [
                {"name": "none", "set": {}},
                {"name": "dropout a", "set": {"/regularizers": dropout(0.1)}},
                {"name": "dropout c", "set": {"/regularizers": dropout(0.6)}},
                {"name": "dropout b", "set": {"/regularizers": dropout(0.3)}},
                {"name": "decay b", "set": {"/regularizers": decay(0.3)}},
                {"name": "decay a", "set": {"/regularizers": decay(0.03)}},
                {"name": "few", "set": {"/training/batch_size": 4}},
                {"name": "fewer", "set": {"/training/batch_size": 2}},
            ]},
            {"path": "/network/hidden", "values": [[8], [4], [16]]},
        ],
        "estimators": [{"kind": "memorized_bits"}, {"kind": "generalization_gap"}],
        "seeds": 3,
        "claims": [
            claim("regularization.error_gap", json!({})),
            claim("axis.generalization_gap_bits", json!({})),
            claim("capacity.bits_per_parameter", json!({})),
            claim("scaling.exponent", json!({})),
            claim("train_error", json!({"setting": "dropout c"})),
        ],
    })
}

/// The same trials under a sweep whose axes list their values in another order.
fn permuted(spec: &Value, evaluation: &Evaluation, seed: u64) -> Evaluation {
    let mut stream = Streams { seed, replicate: 0 }.stream(Purpose::TrainingData);
    let mut spec = spec.clone();
    for axis in spec["sweep"].as_array_mut().unwrap() {
        let list = if axis.get("values").is_some() { "values" } else { "cases" };
        axis[list].as_array_mut().unwrap().shuffle(&mut stream);
    }
    let job = parse(&spec);
    let place = |job: &ValidJobSpec, number: u32| {
        let (cell, replicate) = job.place(number);
        (Value::Object(job.coordinates(cell).0).to_string(), replicate)
    };
    let old = |number: u32| {
        let there = place(&job, number);
        let found = evaluation.outcomes.iter().find(|o| place(&evaluation.spec, o.number) == there).unwrap();
        TrialOutcome { number, ..found.clone() }
    };
    let trials = u32::try_from(evaluation.outcomes.len()).unwrap();
    let outcomes = (0..trials).map(old).collect();
    Evaluation::of(Arc::new(job), outcomes)
}

/// Lists of places in an order of their own.
fn sorted(values: impl IntoIterator<Item = Value>) -> Vec<String> {
    let mut all: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    all.sort();
    all
}

#[test]
fn no_analysis_depends_on_the_order_in_which_a_sweep_lists_its_values() {
    let spec = knobs();
    let first = evaluate(&spec);
    assert_eq!(first.analyses.regularization.len(), 2);
    assert!(first.analyses.scaling.len() > 1 && !first.analyses.comparison.is_empty());
    let lists = |evaluation: &Evaluation| {
        let analyses = serde_json::to_value(&evaluation.analyses).unwrap();
        let fields = analyses.as_object().unwrap().clone();
        let mut all: Vec<(String, Vec<String>)> =
            fields.into_iter().map(|(name, list)| (name, sorted(list.as_array().unwrap().clone()))).collect();
        let of = |verdict| serde_json::to_value(verdict).unwrap();
        all.push(("verdicts".into(), sorted(evaluation.verdicts.iter().map(of))));
        let of = |result| serde_json::to_value(result).unwrap();
        all.push(("results".into(), sorted(evaluation.results.iter().map(of))));
        all
    };
    let expected = lists(&first);
    for seed in 0..12 {
        for (found, expected) in lists(&permuted(&spec, &first, seed)).iter().zip(&expected) {
            assert_eq!(found.1.len(), expected.1.len(), "{}", found.0);
            for (found, expected) in found.1.iter().zip(&expected.1) {
                assert_eq!(found, expected);
            }
        }
    }
}
