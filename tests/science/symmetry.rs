//! Units that start alike: what parts them and what cannot (a claim of the
//! essay: noise breaks symmetry).

use serde_json::{Value, json};

use super::{parse, train};

/// Largest distance between what units 0 and 1 read, over all hidden layers,
/// after training from a tied start.
fn distance(regularizers: &Value, training: &Value) -> f32 {
    let mut spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 6, "samples": 64},
        "network": {"kind": "mlp", "hidden": [5, 4], "activation": "tanh"},
        "regularizers": regularizers,
        "training": {"steps": 200, "initialization": {"kind": "tied", "units": 2}},
    });
    spec["training"].as_object_mut().unwrap().extend(training.as_object().unwrap().clone());
    let trial = parse(&spec).trial(0);
    let (trained, _) = train(&trial);
    let blocks = trained.network.layout().blocks();
    let hidden = blocks.iter().filter(|block| block.columns > 1 && block.rows > 1);
    let distances = hidden.flat_map(|block| {
        let weights = &trained.parameters[block.range.clone()];
        weights.chunks_exact(block.columns).map(|row| (row[0] - row[1]).abs()).collect::<Vec<_>>()
    });
    distances.fold(0.0, f32::max)
}

#[test]
fn gradients_alone_never_part_tied_units() {
    for training in [
        json!({}),
        json!({"batch_size": 8}),
        json!({"batch_size": 8, "optimizer": {"kind": "sgd", "momentum": 0.9}, "learning_rate": 0.1}),
        json!({"optimizer": {"kind": "delayed_sgd", "delay": 3, "staleness": "uniform"}, "learning_rate": 0.1}),
        json!({"optimizer": {"kind": "adamw", "rate": 0.1}}),
    ] {
        assert!(distance(&json!([]), &training).to_bits() == 0, "{training}");
    }
    // noise that both units share leaves them one too
    for shared in [
        json!({"kind": "input_noise", "scale": 0.5}),
        json!({"kind": "input_dropout", "rate": 0.5}),
        json!({"kind": "label_smoothing", "rate": 0.2}),
        json!({"kind": "weight_decay", "rate": 0.01}),
        json!({"kind": "l1", "rate": 0.01}),
        json!({"kind": "max_norm", "norm": 1.0}),
    ] {
        assert!(distance(&json!([shared]), &json!({})).to_bits() == 0, "{shared}");
    }
}

#[test]
fn recurrent_units_that_start_alike_stay_alike_in_every_gate() {
    for cell in ["tanh", "relu", "gru", "lstm"] {
        let trial = parse(&json!({
            "dataset": {"kind": "random_strings", "length": 6, "alphabet": 3, "samples": 40},
            "network": {"kind": "rnn", "units": 5, "cell": cell},
            "training": {"steps": 100, "batch_size": 8, "initialization": {"kind": "tied", "units": 3}},
        }))
        .trial(0);
        let (trained, _) = train(&trial);
        for block in &trained.network.layout().blocks()[..2] {
            let weights = &trained.parameters[block.range.clone()];
            // a gate of five units at a time, the first three alike, and others not
            for units in weights.chunks_exact(5) {
                assert_eq!(units[..3], [units[0]; 3], "{cell} {}", block.name);
            }
            assert!(weights.chunks_exact(5).any(|units| (units[0] - units[4]).abs() > 0.0));
        }
    }
}

#[test]
fn noise_of_their_own_parts_them() {
    for own in [
        json!({"kind": "dropout", "rate": 0.2}),
        json!({"kind": "gaussian_dropout", "rate": 0.2}),
        json!({"kind": "weight_noise", "scale": 0.05}),
        json!({"kind": "gradient_noise", "eta": 0.01}),
    ] {
        assert!(distance(&json!([own]), &json!({})) > 0.01, "{own}");
    }
    let langevin = json!({"optimizer": {"kind": "langevin", "temperature": 0.001}, "learning_rate": 0.1});
    assert!(distance(&json!([]), &langevin) > 0.01);
}
