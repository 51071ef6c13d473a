//! The early end of a training whose network holds all its data.

use bitgauge::science::trial::{self, Measured, TrialReport};
use serde_json::{Value, json};

use super::{Free, parse};

fn measured(mut spec: Value, stop: Option<f64>) -> Measured {
    if let Some(stop) = stop {
        spec["training"]["stop_when_held"] = stop.into();
    }
    let report = trial::run(&parse(&spec).trial(0), &mut Free).unwrap();
    let TrialReport::Succeeded(measured) = report else { panic!("{report:?}") };
    measured
}

/// One neuron of 30 weights, which holds 20 random labels and cannot hold 200 (Cover 1965: the
/// probabilities that they are separable are above 1 - 1e-4 and below 1e-20).
fn neuron(samples: usize, batch: &Value) -> Value {
    json!({
        "dataset": {"kind": "random_labels", "inputs": 30, "samples": samples},
        "network": {"kind": "linear", "bias": false},
        "training": {"steps": 6000, "learning_rate": 0.3, "batch_size": batch},
    })
}

#[test]
fn training_ends_when_all_bits_are_held_and_holds_what_it_says() {
    for batch in [json!("full"), json!(8)] {
        let spec = neuron(20, &batch);
        let (whole, early) = (measured(spec.clone(), None), measured(spec, Some(1e-4)));
        assert_eq!((whole.steps, whole.ended_when_held), (6000, false));
        assert!(early.ended_when_held && early.steps < 3000 && early.steps.is_multiple_of(50), "{early:?}");
        let bits = early.measurements["memorized_bits"];
        assert!((20.0 * (1.0 - 1e-4)..=20.0).contains(&bits), "{bits}");
        assert!(early.measurements["train_error"].abs() < 1e-300);
        assert!(whole.measurements["memorized_bits"] - bits <= 20.0 * 1e-4);
        // what is asked for decides when: less is held earlier
        assert!(measured(neuron(20, &batch), Some(0.01)).steps < early.steps);
    }
}

#[test]
fn what_does_not_fit_takes_every_step_and_ends_as_without_the_option() {
    let mut spec = neuron(200, &json!("full"));
    spec["training"]["steps"] = 700.into();
    let (whole, early) = (measured(spec.clone(), None), measured(spec, Some(1e-4)));
    assert_eq!(whole, early);
}
