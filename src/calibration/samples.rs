//! Samples of generative networks whose distribution is known: uniform ones without any training,
//! and those that learnt all there is.

use serde_json::{Value, json};

use super::{Case, Check, check};
use crate::spec::claim::Relation;

pub(super) fn samples() -> Vec<Case> {
    vec![
        codewords_by_chance(),
        coins(),
        steps_of_a_chain(),
        learnt("rnn", true),
        learnt("transformer", false),
    ]
}

/// All weights 0: every symbol is as likely as any other.
fn uniform(network: &str) -> (Value, Value) {
    let network = match network {
        "made" => json!({"kind": "made", "hidden": [8]}),
        "rnn" => json!({"kind": "rnn", "units": 4, "cell": "gru"}),
        _ => json!({"kind": "transformer", "width": 4}),
    };
    let training = json!({
        "optimizer": {"kind": "sgd"}, "learning_rate": 1e-9, "steps": 1,
        "initialization": {"kind": "constant", "value": 0.0},
    });
    (network, training)
}

fn case(name: &'static str, dataset: Value, (network, training): (Value, Value), checks: Vec<Check>) -> Case {
    let spec = json!({
        "dataset": dataset, "network": network, "training": training,
        "estimators": [{"kind": "generated_samples"}],
        "seeds": 64,
    });
    Case { name, quick: true, spec, checks }
}

/// A number that is met within three standard errors.
fn about(quantity: &'static str, unit: &'static str, expected: f64, source: &'static str) -> Check {
    Check { standard_errors: 3.0, ..check(quantity, unit, expected, 1e-6, source) }
}

/// Four bits in eight, and a training set of eight of the sixteen code words.
fn codewords_by_chance() -> Case {
    let different = 16.0 * (1.0 - libm::pow(15.0 / 16.0, 8.0));
    let dataset = json!({"kind": "codebook", "information": 4, "length": 8, "samples": 8});
    let of_words = "of 16 words 16 (1 - (15/16)^8) occur in a training set of eight";
    let checks = vec![
        about("valid_samples", "fraction", 1.0 / 16.0, "16 words of 256 strings"),
        about("training_copies", "fraction", different / 256.0, of_words),
        about("expected_copies", "fraction", different / 16.0, of_words),
        Check { absolute: 1e-4, ..about("sample_entropy_bits", "bits/sample", 8.0, "eight fair bits") },
        // the logarithm of an observed share is a little too low
        Check {
            absolute: 0.015,
            ..about("sample_divergence_bits", "bits/sample", 0.0, "valid ones are uniform, as the words are")
        },
    ];
    case("samples of a network that knows nothing", dataset, uniform("made"), checks)
}

/// Fair coins where nine of ten are 0.
fn coins() -> Case {
    let dataset = json!({"kind": "biased_bits", "length": 8, "probability": 0.1, "samples": 8});
    let cost = -0.5 * (libm::log2(0.1) + libm::log2(0.9));
    let checks = vec![
        about(
            "sample_cost_bits",
            "bits/sample",
            8.0 * cost,
            "eight times the mean of log2 1/.1 and log2 1/.9",
        ),
        about(
            "sample_divergence_bits",
            "bits/sample",
            8.0 * (cost - 1.0),
            "less the bits of eight fair coins",
        ),
    ];
    case("fair coins for biased ones", dataset, uniform("transformer"), checks)
}

/// Uniform symbols where three of four follow from the one before.
fn steps_of_a_chain() -> Case {
    let dataset =
        json!({"kind": "markov_strings", "length": 6, "alphabet": 4, "certainty": 0.75, "samples": 8});
    // 1/4 of the steps are as the table says
    let step = -0.25 * libm::log2(0.75) - 0.75 * libm::log2(0.25 / 3.0);
    let source = "five steps of the mean of log2 1/p less log2 4";
    let checks = vec![
        about("sample_divergence_bits", "bits/sample", 5.0 * (step - 2.0), source),
        about("valid_samples", "fraction", 1.0, "every string can be drawn"),
    ];
    case("uniform symbols for those of a chain", dataset, uniform("rnn"), checks)
}

/// A codebook once learnt: all words, and nothing but words.
fn learnt(kind: &'static str, quick: bool) -> Case {
    let (name, network) = match kind {
        "rnn" => ("code words of a recurrent network", json!({"kind": "rnn", "units": 24, "cell": "gru"})),
        _ => ("code words of a transformer", json!({"kind": "transformer", "width": 16, "heads": 4})),
    };
    let spec = json!({
        "dataset": {"kind": "codebook", "information": 3, "length": 8, "samples": 256},
        "network": network,
        "training": {"steps": 1500, "learning_rate": 0.01, "batch_size": 64},
        "estimators": [{"kind": "generated_samples"}],
        "seeds": 4,
    });
    let least = |quantity, expected, source| Check {
        relation: Relation::AtLeast,
        ..check(quantity, "fraction", expected, 0.0, source)
    };
    // how often each of the eight was shown is left to chance: 7 / (2 x 256) nats
    let chance = 7.0 / 512.0 * std::f64::consts::LOG2_E;
    let source = "eight words as often as they were shown";
    let checks = vec![
        least("valid_samples", 0.99, "nothing but words was shown"),
        least("sample_coverage", 0.99, "all eight words"),
        check("sample_entropy_bits", "bits/sample", 3.0 - chance, 0.05, source),
        check("sample_divergence_bits", "bits/sample", chance, 0.03, source),
    ];
    Case { name, quick, spec, checks }
}
