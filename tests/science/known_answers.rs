//! Known answers of the first measurements.

use bitgauge::evaluation::CellResult;
use serde_json::{Value, json};

use super::run;

fn mean(result: &CellResult, name: &str) -> f64 {
    result.measurements[name].interval.mean
}

fn neuron(distribution: &str, inputs: u64, samples: &[u64], seeds: u64, steps: u64) -> Value {
    json!({
        "dataset": {"kind": "random_labels", "inputs": inputs, "input_distribution": distribution},
        "network": {"kind": "linear", "bias": false},
        "training": {"optimizer": {"kind": "adam"}, "learning_rate": 0.05, "schedule": "cosine", "steps": steps},
        "sweep": [{"path": "/dataset/samples", "values": samples}],
        "seeds": seeds,
    })
}

/// Cover 1965, theorem 1: N points in general position in d dimensions.
fn separable(samples: u32, dimensions: u32) -> f64 {
    let (mut sum, mut choose) = (0.0, 1.0);
    for k in 0..dimensions.min(samples) {
        sum += choose;
        choose *= f64::from(samples - 1 - k) / f64::from(k + 1);
    }
    sum * 0.5_f64.powi(i32::try_from(samples - 1).unwrap())
}

#[test]
fn one_neuron_stores_two_bits_per_weight_and_less_beyond() {
    let (cells, analysis) = run(&neuron("gaussian", 50, &[50, 75, 100, 150, 250, 400], 12, 10_000));
    let capacity = &analysis.capacity[0].estimate;
    // half of all draws are separable at N = 2d, hardly any at 3d
    assert_eq!(capacity.lossless_samples, Some(100), "lossless at N = 2d");
    assert!((capacity.lossless_bits_per_parameter.unwrap() - 2.0).abs() < 1e-12);
    assert_eq!(capacity.peak_samples, 100);
    assert_eq!(capacity.saturated, Some(true));
    // below: everything is stored; beyond: a maximum, not a plateau
    assert!((mean(&cells[0], "memorized_bits") - 50.0).abs() < 0.1);
    assert!(mean(&cells[1], "memorized_bits") > 74.0);
    let (peak, beyond) = (mean(&cells[2], "memorized_bits"), mean(&cells[3], "memorized_bits"));
    assert!(peak > 75.0 && beyond < 0.8 * peak, "{peak} {beyond}");
    assert!(mean(&cells[4], "memorized_bits") < beyond);
    for cell in &cells {
        let null = &cell.measurements["held_out_bits"].interval;
        assert!(null.ci95_high.unwrap() <= 0.0, "unseen labels are not known");
        assert!(mean(cell, "memorized_bits") <= cell.dataset_bits);
        assert!(mean(cell, "memorized_bits_hard") <= cell.dataset_bits);
    }
}

#[test]
fn separable_draws_are_as_frequent_as_cover_counts() {
    let samples = [15, 18, 20, 22, 25];
    assert!((separable(20, 10) - 0.5).abs() < 1e-12 && (separable(15, 10) - 0.9102).abs() < 5e-5);
    let seeds = 200u32;
    let (_, analysis) = run(&neuron("gaussian", 10, &samples, seeds.into(), 4000));
    for point in &analysis.capacity[0].estimate.curve {
        let expected = separable(u32::try_from(point.samples).unwrap(), 10);
        let error = (expected * (1.0 - expected) / f64::from(seeds)).sqrt();
        let found = point.lossless.unwrap().share;
        // training finds a separating plane when there is one, up to rare tight draws
        assert!(found < expected + 3.0 * error, "N = {}: {found} of {expected}", point.samples);
        assert!(found > expected - 3.0 * error - 0.03, "N = {}: {found} of {expected}", point.samples);
    }
}

#[test]
fn one_hot_inputs_store_every_label_of_their_own() {
    // each input seen has its own weight: labels are stored as far as inputs do not repeat
    let (cells, _) = run(&json!({
        "dataset": {"kind": "random_labels", "inputs": 4096, "samples": 32, "classes": 4, "input_distribution": "one_hot"},
        "network": {"kind": "linear"},
        "training": {"learning_rate": 0.1, "steps": 400},
        "seeds": 4,
    }));
    let bits = mean(&cells[0], "memorized_bits");
    assert!((cells[0].dataset_bits - 64.0).abs() < 1e-9 && bits > 62.0 && bits <= 64.0, "{bits}");
}

#[test]
fn a_network_keeps_a_bit_per_parameter_and_dropout_takes_an_ordered_part() {
    // the whole curve, with a peak at 2.25 bits per parameter, is examples/dropout.json
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 20, "classes": 2, "samples": 2000},
        "network": {"kind": "mlp", "hidden": [32, 32], "activation": "relu"},
        "training": {"optimizer": {"kind": "adam"}, "learning_rate": 0.02, "schedule": "cosine", "steps": 2500},
        "sweep": [{"path": "/regularizers", "values": [
            [], [{"kind": "dropout", "rate": 0.2}], [{"kind": "dropout", "rate": 0.5}]]}],
        "seeds": 8,
    });
    let (cells, _) = run(&spec);
    let bound = |cell: usize| {
        let interval = &cells[cell].measurements["memorized_bits"].interval;
        (interval.ci95_low.unwrap(), interval.ci95_high.unwrap())
    };
    // all replicates hold nearly everything: of such a mean there is no interval
    let none = cells[0].measurements["memorized_bits"].interval.mean;
    let (some, half) = (bound(1), bound(2));
    assert!(none > 1950.0, "{none:?} of 2000 bits");
    assert!(some.1 < 0.8 * none && half.1 < 0.8 * some.0 && half.0 > 0.0, "{none:?} {some:?} {half:?}");
}

#[test]
fn weight_decay_and_smoothing_restrict_what_is_stored() {
    let (cells, _) = run(&json!({
        "dataset": {"kind": "random_labels", "inputs": 10, "classes": 2, "samples": 200},
        "network": {"kind": "mlp", "hidden": [16], "activation": "tanh"},
        "training": {"learning_rate": 0.02, "schedule": "cosine", "steps": 2000},
        "sweep": [{"path": "/regularizers", "values": [
            [], [{"kind": "weight_decay", "rate": 0.003}], [{"kind": "weight_decay", "rate": 0.03}],
            [{"kind": "label_smoothing", "rate": 0.5}]]}],
        "seeds": 6,
    }));
    let bits: Vec<f64> = cells.iter().map(|cell| mean(cell, "memorized_bits")).collect();
    assert!(bits[0] > bits[1] && bits[1] > bits[2], "{bits:?}");
    // smoothed labels look forgotten in raw likelihood, and are not: recalibrated, they are there
    let recalibrated = mean(&cells[3], "memorized_bits_recalibrated");
    assert!(
        bits[3] < 0.75 * bits[0] && recalibrated > 0.9 * mean(&cells[0], "memorized_bits_recalibrated"),
        "{bits:?} {recalibrated}"
    );
}
