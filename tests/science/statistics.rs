//! Intervals that hold what they say, comparisons and lines through sizes.

use bitgauge::science::analysis::capacity::Converged;
use bitgauge::science::analysis::interval::Interval;
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
