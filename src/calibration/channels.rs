//! Channels: bits that pass noise whose density is known.

use serde_json::{Value, json};

use super::{Case, Check, check};
use crate::spec::claim::Relation;

pub(super) fn channels() -> Vec<Case> {
    let gaussian = |snr: f64, bits, quick| {
        let dataset = json!({"kind": "gaussian_vectors", "variances": [1.0], "samples": 4096});
        code("a Gaussian channel", dataset, 1.0 / libm::sqrt(snr), bits, "1/2 log2(1 + SNR)", quick)
    };
    let signs = |variance: f64, bits, quick| {
        let dataset = json!({"kind": "biased_bits", "length": 1, "probability": 0.5, "samples": 4096});
        let source = "h(Z) - h(noise), by quadrature";
        code("a +-1 code in Gaussian noise", dataset, libm::sqrt(variance), bits, source, quick)
    };
    vec![
        gaussian(1.0, 0.5, true),
        gaussian(3.0, 1.0, false),
        gaussian(15.0, 2.0, false),
        signs(1.0, 0.4859, false),
        signs(0.1, 0.9968, true),
        dropped("dropout of a +-1 unit", "tanh", 0.5, "1 - rate"),
        // a one that is lost looks like a zero
        dropped("dropout of a 0/1 unit", "relu", 0.311_278, "H2(1/4) - 1/2"),
        binary(),
        evaluation(),
    ]
}

/// Both ends of a bracket.
fn both(bits: f64, source: &'static str) -> Vec<Check> {
    let of = |quantity| check(quantity, "bits/sample", bits, 0.01, source);
    vec![of("layer_bits_low"), of("layer_bits_high")]
}

/// Weights 1, as good as untrained: the noise is what is measured.
fn untrained() -> Value {
    json!({
        "optimizer": {"kind": "sgd"}, "learning_rate": 1e-9, "steps": 1,
        "initialization": {"kind": "constant", "value": 1.0},
    })
}

fn code(
    name: &'static str,
    dataset: Value,
    scale: f64,
    bits: f64,
    source: &'static str,
    quick: bool,
) -> Case {
    let spec = json!({
        "dataset": dataset,
        "network": {"kind": "autoencoder", "hidden": [], "code": 1},
        "regularizers": [{"kind": "latent_noise", "scale": scale}],
        "training": untrained(),
        "estimators": [{"kind": "layer_information"}],
        "seeds": 16,
    });
    let mut checks = both(bits, source);
    if bits > 0.99 && dataset_is_binary(&spec) {
        let most = check("layer_bits_low", "bits/sample", 1.0, 0.0, "two values");
        checks.push(Check { relation: Relation::AtMost, ..most });
    }
    Case { name, quick, spec, checks }
}

fn dataset_is_binary(spec: &Value) -> bool {
    spec["dataset"]["kind"] == "biased_bits"
}

fn dropped(name: &'static str, activation: &str, bits: f64, source: &'static str) -> Case {
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 1, "input_distribution": "sign", "samples": 4096},
        "network": {"kind": "mlp", "hidden": [1], "activation": activation, "bias": false},
        "regularizers": [{"kind": "dropout", "rate": 0.5}],
        "training": untrained(),
        "estimators": [{"kind": "layer_information"}],
        "seeds": 16,
    });
    Case { name, quick: true, spec, checks: both(bits, source) }
}

fn binary() -> Case {
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 8, "samples": 2000},
        "network": {"kind": "mlp", "hidden": [4]},
        "regularizers": [{"kind": "binarize", "activations": true}],
        "training": {"steps": 300},
        "estimators": [{"kind": "layer_information"}],
        "seeds": 4,
    });
    let at = |relation, quantity, bits, source| Check {
        relation,
        ..check(quantity, "bits/sample", bits, 0.0, source)
    };
    let checks = vec![
        at(Relation::AtMost, "layer_bits_high", 4.0, "a bit a unit"),
        at(Relation::AtLeast, "layer_bits_low", 2.0, "four signs of eight numbers are hardly alike"),
    ];
    Case { name: "four binary units", quick: true, spec, checks }
}

/// One unit of known weights under dropout: what is evaluated has no noise.
fn evaluation() -> Case {
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 1, "input_distribution": "sign", "samples": 4096},
        "network": {"kind": "mlp", "hidden": [1], "activation": "tanh", "bias": false},
        "regularizers": [{"kind": "dropout", "rate": 0.5}, {"kind": "input_noise", "scale": 1.0}],
        "training": untrained(),
        "estimators": [{"kind": "generalization_gap"}],
        "seeds": 16,
    });
    let logit = libm::tanh(1.0);
    let cost = |logit: f64| libm::log2(1.0 + libm::exp(logit));
    let expected = 0.5 * (cost(logit) + cost(-logit));
    let source = "logits -tanh(1) and tanh(1), half of them wrong";
    let known = check("test_cross_entropy_bits", "bits/sample", expected, 0.0, source);
    let checks = vec![Check { standard_errors: 3.0, ..known }];
    Case { name: "evaluation without the noise of training", quick: true, spec, checks }
}
