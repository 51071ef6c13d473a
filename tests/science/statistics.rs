//! Intervals that hold what they say, comparisons and lines through sizes.

use bitgauge::science::analysis::capacity::Converged;
use bitgauge::science::analysis::interval::Interval;
use bitgauge::spec::quantity::PeakQuantity;
use serde_json::{Value, json};

use super::run;

/// Least squares in 20 dimensions: what it memorizes of noise of variance 1 is d / 2 nats.
fn least_squares(repetition: u64) -> Value {
    json!({
        "dataset": {"kind": "linear_regression", "inputs": 20, "samples": 200, "noise": 1.0},
        "network": {"kind": "linear", "bias": false},
        "training": {"optimizer": {"kind": "sgd"}, "learning_rate": 0.3, "schedule": "constant", "steps": 300},
        "estimators": [{"kind": "generalization_gap"}],
        "seeds": 8, "seed": repetition,
    })
}

#[test]
fn intervals_hold_a_known_answer_as_often_as_they_say() {
    const REPETITIONS: u32 = 200;
    let truth = 10.0 * std::f64::consts::LOG2_E;
    let (mut both, mut below) = (0, 0);
    for repetition in 0..REPETITIONS {
        let (cells, _) = run(&least_squares(repetition.into()));
        let interval: Interval = cells[0].measurements["noise_bits"].interval;
        both += u32::from(interval.ci95_low.unwrap() <= truth && truth <= interval.ci95_high.unwrap());
        below += u32::from(interval.lower_bound_95().unwrap() <= truth);
    }
    let share = |count: u32| f64::from(count) / f64::from(REPETITIONS);
    println!("two-sided {}, one-sided {}", share(both), share(below));
    assert!((0.92..=0.98).contains(&share(both)), "{}", share(both));
    assert!(share(below) >= 0.93, "{}", share(below));
}

#[test]
fn capacity_grows_on_a_line_and_is_compared_in_pairs() {
    let (_, analysis) = run(&json!({
        "dataset": {"kind": "random_labels"},
        "network": {"kind": "linear", "bias": false},
        "training": {"learning_rate": 0.05, "steps": 1500},
        "sweep": [
            {"path": "/dataset/inputs", "values": [8, 16, 32]},
            {"path": "/training/steps", "values": [1500, 3000]},
            {"path": "/dataset/samples", "values": [12, 24, 48, 96]},
        ],
        "seeds": 8,
    }));
    assert_eq!((analysis.capacity.len(), analysis.scaling.len()), (6, 2));
    for line in &analysis.scaling {
        assert!(line.cell.0.contains_key("/training/steps") && line.cell.0.len() == 1);
        let slope = line.scaling.bits_per_parameter;
        assert!(line.scaling.r_squared > 0.97, "{line:?}");
        assert!(slope.ci95_low.unwrap() > 1.0 && slope.ci95_high.unwrap() < 2.0, "{slope:?}");
    }
    // half of the steps have a run of twice as many beside them
    let checked = analysis.capacity.iter().filter(|c| c.estimate.converged != Converged::NotChecked);
    assert_eq!(checked.count(), 3);
    let of = |quantity: &str, axis: &str| {
        let all = analysis.comparison.iter().filter(|c| c.quantity == quantity && c.axis == axis);
        all.map(|c| c.comparison.significant == Some(true)).collect::<Vec<_>>()
    };
    assert_eq!(of("capacity_bits", "/dataset/inputs"), [true; 4], "twice and four times the inputs");
    assert_eq!(of("capacity_bits", "/training/steps").len(), 3);
    assert_eq!(of("memorized_bits", "/training/steps").len(), 12);
    assert!(of("memorized_bits", "/dataset/samples").is_empty());
}

/// The error of least-norm regression is without limit at n = d (Hastie et al. 2022).
#[test]
fn overfitting_peaks_where_a_fit_just_fills_its_weights() {
    let (_, analysis) = run(&json!({
        "dataset": {"kind": "linear_regression", "inputs": 40, "noise": 0.5},
        "network": {"kind": "linear", "bias": false},
        "training": {"optimizer": {"kind": "sgd"}, "learning_rate": 0.2, "steps": 3000, "schedule": "constant",
                     "initialization": {"kind": "constant", "value": 0.0}},
        "sweep": [{"path": "/dataset/samples", "values": [10, 20, 28, 40, 57, 80, 160]}],
        "estimators": [{"kind": "generalization_gap"}],
        "seeds": 16,
    }));
    let peak = analysis.peaks.iter().find(|peak| peak.quantity == PeakQuantity::TestCrossEntropy).unwrap();
    assert_eq!((peak.inside, peak.draws, peak.over_capacity), (16, 16, None));
    // within a quarter of the grid's step, which is a factor of sqrt 2
    assert!((0.917..1.091).contains(&(peak.samples.mean / 40.0)), "{peak:?}");
}

/// Random labels: a bit a sample, so that the peak over the capacity is that of samples.
#[test]
fn a_peak_is_told_in_capacities_of_the_same_network() {
    let (_, analysis) = run(&json!({
        "dataset": {"kind": "random_labels", "inputs": 20},
        "network": {"kind": "mlp", "hidden": [10]},
        "training": {"steps": 1500, "learning_rate": 0.02},
        "sweep": [{"path": "/dataset/samples", "values": [110, 220, 330, 440, 550, 700, 1000]}],
        "seeds": 8,
    }));
    let capacity = analysis.capacity[0].estimate.capacity_bits.interval.mean;
    let peak = analysis.peaks.iter().find(|peak| peak.quantity == PeakQuantity::GeneralizationGap).unwrap();
    let over = peak.over_capacity.unwrap();
    assert!((peak.dataset_bits - peak.samples.mean).abs() < 1e-9);
    assert!((over.mean / (peak.samples.mean / capacity) - 1.0).abs() < 0.1, "{peak:?} {capacity}");
    // the network is at its worst when it is about full
    assert!((0.5..2.0).contains(&over.mean), "{over:?}");
}

/// Networks of one axis that differ in numbers alone lie on one line, others on their own.
#[test]
fn each_family_of_an_axis_has_its_own_line() {
    let case = |name: &str, network: serde_json::Value| json!({"name": name, "set": {"/network": network}});
    let mlp =
        |activation: &str, hidden: u32| json!({"kind": "mlp", "hidden": [hidden], "activation": activation});
    let mut cases = vec![];
    for hidden in [2, 3, 5] {
        for activation in ["tanh", "relu"] {
            cases.push(case(&format!("{activation} {hidden}"), mlp(activation, hidden)));
        }
    }
    let (_, analysis) = run(&json!({
        "dataset": {"kind": "random_labels", "inputs": 5},
        "network": {"kind": "mlp", "hidden": [2]},
        "training": {"steps": 100, "learning_rate": 0.05},
        "sweep": [{"path": "network", "cases": cases}, {"path": "/dataset/samples", "values": [20, 40]}],
        "seeds": 2,
    }));
    let lines: Vec<(String, usize)> = analysis
        .scaling
        .iter()
        .map(|line| (serde_json::Value::Object(line.cell.0.clone()).to_string(), line.scaling.sizes))
        .collect();
    let expected = ["tanh", "relu"].map(|name| (format!("{{\"/network/activation\":\"{name}\"}}"), 3));
    assert_eq!(lines, expected);
}
