//! Thresholds on points in general position: how many labelings they give.

use serde_json::{Value, json};

use super::{Case, Check, Reading, check};
use crate::evaluation::results::CellResult;
use crate::spec::claim::Relation;

/// Cover's fractions, and two bits per weight of everything linear.
pub(super) fn thresholds() -> Vec<Case> {
    vec![
        cover(),
        neuron(),
        features("a readout of random ReLU features", json!({"kind": "random_relu", "features": 50})),
        features(
            "a readout of random Fourier features",
            json!({"kind": "random_fourier", "features": 50, "bandwidth": 3.0}),
        ),
        margin(0.5, 0.961, [164, 184, 204]),
        margin(1.0, 0.520, [88, 100, 112]),
        features("a readout of parities", json!({"kind": "parity", "features": 50, "order": 3})),
    ]
}

/// Samples that can be stored at a margin, in two hundred dimensions.
fn margin(kappa: f64, capacity: f64, samples: [u64; 3]) -> Case {
    const DIMENSIONS: f64 = 200.0;
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 200},
        "network": {"kind": "linear", "bias": false},
        // so little decay leaves the plane of the largest margin
        "regularizers": [{"kind": "weight_decay", "rate": 1e-6}],
        "training": {"learning_rate": 0.3, "steps": 20000},
        "sweep": [{"path": "/dataset/samples", "values": samples}],
        "estimators": [{"kind": "margin"}],
        "seeds": 16,
    });
    let check = Check {
        quantity: format!("samples per weight at margin {kappa}"),
        measure: Box::new(move |evaluation| samples_at_margin(&evaluation.results, kappa, DIMENSIONS)),
        ..check("margin", "samples/weight", capacity, 0.1 * capacity, "Gardner 1988, equation 28")
    };
    Case { name: "one neuron at a margin", quick: false, spec, checks: vec![check] }
}

/// Samples per weight at which the mean margin is kappa, between sizes on a line.
#[expect(clippy::cast_precision_loss, reason = "few seeds")]
fn samples_at_margin(cells: &[CellResult], kappa: f64, dimensions: f64) -> Option<Reading> {
    let point = |cell: &CellResult| Some((cell.dataset_bits, cell.measurements.get("margin")?.interval));
    let points: Option<Vec<_>> = cells.iter().map(point).collect();
    for pair in points?.windows(2) {
        let ((from, a), (to, b)) = (pair[0], pair[1]);
        if a.mean >= kappa && b.mean < kappa {
            let slope = (to - from) / (a.mean - b.mean);
            let samples = from + slope * (a.mean - kappa);
            let error = slope * a.sd? / libm::sqrt(a.n as f64);
            return Some(Reading { value: samples / dimensions, standard_error: error / dimensions });
        }
    }
    None
}

fn cover() -> Case {
    let known = [(15, 0.9102), (18, 0.6855), (20, 0.5), (22, 0.3318), (25, 0.1537)];
    let checks = known.map(|(samples, expected): (u64, f64)| Check {
        quantity: format!("share of {samples} points that are separable in 10 dimensions"),
        unit: "fraction",
        relation: Relation::Equal,
        expected,
        // training misses a draw whose margin is tiny now and then
        absolute: 0.03,
        standard_errors: 3.0,
        source: "Cover 1965, theorem 1",
        measure: Box::new(move |evaluation| {
            let curve = &evaluation.analyses.capacity.first()?.estimate.curve;
            let value = curve.iter().find(|point| point.samples == samples)?.lossless?.share;
            #[expect(clippy::cast_precision_loss, reason = "few seeds")]
            let n = evaluation.results.first()?.trials.succeeded as f64;
            Some(Reading { value, standard_error: libm::sqrt(expected * (1.0 - expected) / n) })
        }),
    });
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 10},
        "network": {"kind": "linear", "bias": false},
        "training": {"learning_rate": 0.05, "steps": 4000},
        "sweep": [{"path": "/dataset/samples", "values": [15, 18, 20, 22, 25]}],
        "seeds": 200,
    });
    Case { name: "Cover's separable points", quick: true, spec, checks: checks.into() }
}

const WEIGHTS: f64 = 50.0;

/// Fifty weights, at sizes around a hundred samples.
fn two_bits(name: &'static str, dataset: Value, network: Value, training: Value) -> Case {
    let spec = json!({
        "dataset": dataset, "network": network, "training": training,
        "sweep": [{"path": "/dataset/samples", "values": [90, 100, 110]}],
        "seeds": 150,
    });
    let check = Check {
        quantity: "lossless bits per weight, where half of the replicates are learnt".into(),
        unit: "bits/weight",
        relation: Relation::Equal,
        expected: 2.0,
        absolute: 0.05,
        standard_errors: 0.0,
        source: "Cover 1965; Gardner 1988",
        measure: Box::new(|evaluation| {
            let estimate = &evaluation.analyses.capacity.first()?.estimate;
            let error = estimate.lossless_samples_median_standard_error?;
            let value = estimate.lossless_samples_median? / WEIGHTS;
            Some(Reading { value, standard_error: error / WEIGHTS })
        }),
    };
    Case { name, quick: false, spec, checks: vec![check] }
}

fn neuron() -> Case {
    let dataset = json!({"kind": "random_labels", "inputs": 50});
    let training = json!({"learning_rate": 0.05, "steps": 10000});
    two_bits("one neuron", dataset, json!({"kind": "linear", "bias": false}), training)
}

fn features(name: &'static str, map: Value) -> Case {
    // signs, since a parity reads nothing else; features are worse conditioned than inputs
    let dataset = json!({"kind": "random_labels", "inputs": 30, "input_distribution": "sign"});
    let training = json!({"learning_rate": 0.2, "steps": 40000});
    two_bits(name, dataset, json!({"kind": "features", "map": map, "bias": false}), training)
}
