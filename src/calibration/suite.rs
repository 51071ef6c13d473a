//! The cases: each a job, and the numbers that its results must have.

use serde_json::{Value, json};

use super::channels::channels;
use super::decoders::decoders;
use super::dynamics::dynamics;
use super::ledgers::ledgers;
use super::regression::regression;
use super::samples::samples;
use super::thresholds::thresholds;
use super::{Case, Check, check};
use crate::spec::claim::Relation;

/// All cases; the quick ones take seconds.
#[must_use]
pub fn suite() -> Vec<Case> {
    let mut cases = vec![
        least_squares(),
        null(),
        autoregressive(),
        autoencoder(),
        tied(json!([]), "two tied units under minibatches"),
        tied(json!([{"kind": "dropout", "rate": 0.3}]), "two tied units under dropout"),
        flips(),
    ];
    cases.extend(thresholds());
    cases.extend(ledgers());
    cases.extend(channels());
    cases.extend(dynamics());
    cases.extend(regression());
    cases.extend(samples());
    cases.extend(decoders());
    cases.push(rate(2.0, true));
    cases.extend([0.5, 1.0, 4.0, 8.0].map(|target| rate(target, false)));
    cases.push(water_filling(0.9, 1.152, true));
    cases.extend([(0.5, 2.0), (0.3, 2.737)].map(|(level, bits)| water_filling(level, bits, false)));
    cases.extend([2, 4, 8].map(answers));
    cases
}

fn least_squares() -> Case {
    let gap = 0.5 * (20.0 / 379.0 + 20.0 / 400.0) * std::f64::consts::LOG2_E;
    let of = |quantity, unit, expected, source| Check {
        standard_errors: 3.0,
        ..check(quantity, unit, expected, 0.001, source)
    };
    let spec = json!({
        "dataset": {"kind": "linear_regression", "inputs": 20, "samples": 400, "noise": 1.0},
        "network": {"kind": "linear", "bias": false},
        "training": {"optimizer": {"kind": "sgd"}, "learning_rate": 0.3, "schedule": "constant", "steps": 400},
        "estimators": [{"kind": "generalization_gap"}],
        "seeds": 100,
    });
    let checks = vec![
        of("noise_bits", "bits", 14.427, "d / 2 nats"),
        of(
            "generalization_gap_bits",
            "bits/sample",
            gap,
            "s^2 d / (n - d - 1) on fresh data, s^2 d / n on the training set",
        ),
    ];
    Case { name: "least squares in 20 dimensions", quick: true, spec, checks }
}

fn null() -> Case {
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 20, "samples": 200},
        "network": {"kind": "mlp", "hidden": [24]},
        "training": {"steps": 1500, "learning_rate": 0.01},
        "seeds": 8,
    });
    let at_most = |quantity, unit, expected, source| Check {
        relation: Relation::AtMost,
        ..check(quantity, unit, expected, 0.0, source)
    };
    let checks = vec![
        at_most("held_out_bits", "bits", 0.0, "labels that were never seen"),
        at_most("memorized_bits", "bits", 200.0, "all bits of the dataset"),
        Check {
            relation: Relation::AtLeast,
            ..check("memorized_bits", "bits", 196.0, 0.0, "room for all of them")
        },
    ];
    Case { name: "random labels, fresh and memorized", quick: true, spec, checks }
}

fn autoregressive() -> Case {
    // a network that holds exactly these strings gives each 1/16, and of those that are left all
    let ordered: f64 = (0..16).map(|i| libm::log2(1024.0 - f64::from(i))).sum();
    let orders: f64 = (1..=16).map(|i| libm::log2(f64::from(i))).sum();
    let spec = json!({
        "dataset": {"kind": "random_strings", "length": 10, "samples": 16, "collection": "set"},
        "network": {"kind": "made", "hidden": [64]},
        "training": {"steps": 3000, "learning_rate": 0.01},
        "estimators": [{"kind": "memorized_bits"}, {"kind": "generated_samples"}],
        "seeds": 4,
    });
    let source = "log2 of the number of sets, 1024 over 16";
    let checks = vec![
        check("memorized_bits", "bits", ordered - orders, 0.1, source),
        check("training_copies", "fraction", 1.0, 0.01, "nothing else was shown"),
        check("expected_copies", "fraction", 1.0 / 64.0, 1e-9, "16 of 1024"),
        check("sample_divergence_bits", "bits/sample", 6.0, 0.1, "log2 of 1024 less log2 of 16"),
    ];
    Case { name: "a set of 16 strings by heart", quick: true, spec, checks }
}

fn autoencoder() -> Case {
    let spec = json!({
        "dataset": {"kind": "gaussian_vectors", "variances": [4.0, 1.0, 0.25], "samples": 5000},
        "network": {"kind": "autoencoder", "hidden": [], "code": 1},
        "training": {"steps": 2000, "learning_rate": 0.02, "batch_size": 500},
        "estimators": [{"kind": "rate_distortion"}],
        "seeds": 4,
    });
    let checks = vec![check(
        "squared_error",
        "squares/sample",
        1.25,
        0.05,
        "the smaller variances (Baldi & Hornik 1989)",
    )];
    Case { name: "a linear autoencoder of one number", quick: true, spec, checks }
}

fn tied(regularizers: Value, name: &'static str) -> Case {
    let stays = regularizers.as_array().is_some_and(Vec::is_empty);
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 6, "samples": 64},
        "network": {"kind": "mlp", "hidden": [2], "activation": "tanh"},
        "regularizers": regularizers,
        "training": {"steps": 300, "batch_size": 16, "initialization": {"kind": "tied", "units": 2}},
        "estimators": [{"kind": "symmetry"}],
        "seeds": 4,
    });
    let distance = |relation, expected, source| Check {
        relation,
        ..check("least_unit_distance", "weights", expected, 0.0, source)
    };
    let checks = vec![if stays {
        distance(Relation::Equal, 0.0, "equal gradients, in every bit")
    } else {
        distance(Relation::AtLeast, 0.1, "noise of their own")
    }];
    Case { name, quick: true, spec, checks }
}

fn flips() -> Case {
    let spec = json!({
        "dataset": {"kind": "teacher_labels", "inputs": 20, "samples": 400, "rule": {"kind": "linear"}, "flips": 0.2},
        "network": {"kind": "mlp", "hidden": [64]},
        "training": {"steps": 2000, "learning_rate": 0.01},
        "estimators": [{"kind": "generalization_gap"}],
        "seeds": 8,
    });
    // everything is memorized: all that the Bayes law leaves open
    let noise = 400.0 * (-0.2 * libm::log2(0.2) - 0.8 * libm::log2(0.8));
    let checks = vec![Check {
        standard_errors: 3.0,
        ..check("noise_bits", "bits", noise, 0.01 * noise, "N H2(flips)")
    }];
    Case { name: "flipped labels by heart", quick: true, spec, checks }
}

fn rate(target: f64, quick: bool) -> Case {
    let spec = json!({
        "dataset": {"kind": "random_strings", "length": 16, "samples": 256},
        "network": {"kind": "vae", "hidden": [48], "code": 8},
        "regularizers": [{"kind": "latent_noise", "target_bits": target}],
        "training": {"steps": 6000, "learning_rate": 0.005},
        "estimators": [{"kind": "rate_distortion"}, {"kind": "layer_information"}],
        "seeds": 2,
    });
    let passes = |relation, quantity, bits, source| Check {
        relation,
        ..check(quantity, "bits/sample", bits, 0.0, source)
    };
    // a controller holds the rate: what passes is judged by the bracket
    let checks = vec![
        check("rate_bits", "bits/sample", target, f64::max(0.02, 0.02 * target), "what was asked for"),
        passes(
            Relation::AtMost,
            "layer_bits_low",
            target + f64::max(0.02, 0.02 * target),
            "at most the rate",
        ),
        passes(
            Relation::AtLeast,
            "layer_bits_high",
            0.9 * target,
            "the rate less what the codes miss their prior by",
        ),
    ];
    Case { name: "a code at a rate that was asked for", quick, spec, checks }
}

fn water_filling(level: f64, bits: f64, quick: bool) -> Case {
    let spec = json!({
        "dataset": {"kind": "gaussian_vectors", "variances": [4.0, 1.0, 0.25], "samples": 20000},
        "network": {"kind": "vae", "hidden": [], "code": 3},
        "regularizers": [{"kind": "latent_noise", "rate_weight": level}],
        "training": {"steps": 6000, "learning_rate": 0.01, "batch_size": 1000},
        "estimators": [{"kind": "rate_distortion"}],
        "seeds": 2,
    });
    let checks =
        vec![check("rate_bits", "bits/sample", bits, 0.03, "reverse water-filling at the level beta s^2")];
    Case { name: "a linear code of variances 4, 1, 1/4", quick, spec, checks }
}

fn answers(m: u32) -> Case {
    let spec = json!({
        "dataset": {"kind": "symmetric_targets", "answers": m, "samples": 2000, "form": {"kind": "symbols", "questions": 6}},
        "network": {"kind": "linear"},
        "training": {"steps": 1500, "learning_rate": 0.1},
        "estimators": [{"kind": "generalization_gap"}],
        "seeds": 3,
    });
    let expected = libm::log2(f64::from(m));
    let checks =
        vec![check("test_cross_entropy_bits", "bits/sample", expected, 0.05, "log2 of the right answers")];
    Case { name: "one question, several right answers", quick: m == 4, spec, checks }
}
