//! Measurements against what theory says of sources with rules and codes with
//! rates, through the same code path as any job.

use serde_json::{Value, json};

use super::run;

/// Mean of a quantity in the only cell of a job.
fn mean(spec: &Value, name: &str) -> f64 {
    let (cells, _) = run(spec);
    assert_eq!(cells[0].trials.succeeded, spec["seeds"].as_u64().unwrap(), "{spec}");
    cells[0].measurements[name].interval.mean
}

#[test]
fn a_code_passes_as_many_bits_as_were_asked_for() {
    for target in [0.5, 1.0, 2.0, 4.0, 8.0] {
        let rate = mean(
            &json!({
                "dataset": {"kind": "random_strings", "length": 16, "samples": 256},
                "network": {"kind": "vae", "hidden": [48], "code": 8},
                "regularizers": [{"kind": "latent_noise", "target_bits": target}],
                "training": {"steps": 6000, "learning_rate": 0.005},
                "estimators": [{"kind": "rate_distortion"}],
                "seeds": 2,
            }),
            "rate_bits",
        );
        assert!((rate - target).abs() < f64::max(0.02, 0.02 * target), "{rate} of {target}");
    }
}

#[test]
fn a_linear_code_fills_water_in_reverse() {
    // variances (4, 1, .25) at a level of beta times the decoder's variance 1
    for (level, bits) in [(0.9, 1.152), (0.5, 2.0), (0.3, 2.737)] {
        let rate = mean(
            &json!({
                "dataset": {"kind": "gaussian_vectors", "variances": [4.0, 1.0, 0.25], "samples": 20000},
                "network": {"kind": "vae", "hidden": [], "code": 3},
                "regularizers": [{"kind": "latent_noise", "rate_weight": level}],
                "training": {"steps": 6000, "learning_rate": 0.01, "batch_size": 1000},
                "estimators": [{"kind": "rate_distortion"}],
                "seeds": 2,
            }),
            "rate_bits",
        );
        assert!((rate - bits).abs() < 0.03, "level {level}: {rate} of {bits}");
    }
}

#[test]
fn an_autoencoder_loses_the_smaller_variances() {
    let lost = mean(
        &json!({
            "dataset": {"kind": "gaussian_vectors", "variances": [4.0, 1.0, 0.25], "samples": 5000},
            "network": {"kind": "autoencoder", "hidden": [], "code": 1},
            "training": {"steps": 2000, "learning_rate": 0.02, "batch_size": 500},
            "estimators": [{"kind": "rate_distortion"}, {"kind": "memorized_bits"}],
            "seeds": 4,
        }),
        "squared_error",
    );
    assert!((lost - 1.25).abs() < 0.05, "{lost}");
}

#[test]
fn least_squares_memorizes_half_a_nat_a_dimension() {
    // d / 2 nats of the noise, 14.427 bits of 20 weights, against the law that knows the rule
    let (cells, _) = run(&json!({
        "dataset": {"kind": "linear_regression", "inputs": 20, "samples": 400, "noise": 1.0},
        "network": {"kind": "linear", "bias": false},
        "training": {"optimizer": {"kind": "sgd"}, "learning_rate": 0.3, "schedule": "constant", "steps": 400},
        "estimators": [{"kind": "generalization_gap"}],
        "seeds": 40,
    }));
    let noise = &cells[0].measurements["noise_bits"].interval;
    let error = noise.sd.unwrap() / libm::sqrt(40.0);
    assert!((noise.mean - 14.427).abs() < 3.0 * error + 1e-3, "{} {error}", noise.mean);
    // excess on fresh data s^2 d / (n - d - 1), half of it in nats
    let gap = &cells[0].measurements["generalization_gap_bits"].interval;
    let expected = 0.5 * (20.0 / 379.0 + 20.0 / 400.0) * std::f64::consts::LOG2_E;
    let error = gap.sd.unwrap() / libm::sqrt(40.0);
    assert!((gap.mean - expected).abs() < 3.0 * error + 1e-3, "{} {expected}", gap.mean);
}

#[test]
fn a_rule_is_learnt_and_flips_are_memorized() {
    let spec = |flips: f64, samples: u32| {
        json!({
            "dataset": {"kind": "teacher_labels", "inputs": 10, "samples": samples, "rule": {"kind": "linear"}, "flips": flips},
            "network": {"kind": "linear"},
            "training": {"steps": 1500, "learning_rate": 0.03},
            "estimators": [{"kind": "generalization_gap"}, {"kind": "membership_inference"}],
            "seeds": 4,
        })
    };
    // without flips all the structure is learnt from many samples
    let (cells, _) = run(&spec(0.0, 4000));
    let structure = cells[0].measurements["structure_bits"].interval.mean;
    assert!((cells[0].ledger.structure.0 - 4000.0).abs() < 1e-9 && structure > 3500.0, "{structure}");
    // a sigmoid cannot be a step: of the flipped rule it explains less than there is;
    // members cannot be told
    let (cells, _) = run(&spec(0.2, 4000));
    let structure = cells[0].measurements["structure_bits"].interval.mean;
    let most = cells[0].ledger.structure.0;
    assert!(structure < most && structure > 0.6 * most, "{structure} of {most}");
    let auc = cells[0].measurements["membership_auc"].interval.mean;
    assert!((auc - 0.5).abs() < 0.02, "{auc}");
}

#[test]
fn memory_is_seen_by_losses_and_survives_eight_bits_a_weight() {
    let (cells, _) = run(&json!({
        "dataset": {"kind": "random_labels", "inputs": 20, "samples": 200},
        "network": {"kind": "mlp", "hidden": [24]},
        "training": {"steps": 3000, "learning_rate": 0.01},
        "estimators": [{"kind": "memorized_bits"}, {"kind": "membership_inference"}, {"kind": "weight_precision"}],
        "seeds": 4,
    }));
    let mean = |name: &str| cells[0].measurements[name].interval.mean;
    let bits = mean("memorized_bits");
    assert!(bits > 195.0, "{bits}");
    // half of the fresh labels are guessed right, and some of them more surely than members
    assert!(mean("membership_auc") > 0.7, "{}", mean("membership_auc"));
    assert!(mean("memorized_bits_at_8_bits") > 0.98 * bits && mean("memorized_bits_at_2_bits") < 0.5 * bits);
    let bounds = &cells[0].upper_bounds;
    assert!(bits <= mean("precision_bits") && mean("precision_bits") <= bounds.weights_bits);
    assert!(bits <= bounds.dataset_bits && bounds.readout_bits.is_none());
}

#[test]
fn tied_units_are_worth_one() {
    let spec = |regularizers: Value| {
        json!({
            "dataset": {"kind": "random_labels", "inputs": 6, "samples": 64},
            "network": {"kind": "mlp", "hidden": [2], "activation": "tanh"},
            "regularizers": regularizers,
            "training": {"steps": 300, "batch_size": 16, "initialization": {"kind": "tied", "units": 2}},
            "estimators": [{"kind": "symmetry"}],
            "seeds": 3,
        })
    };
    let (cells, _) = run(&spec(json!([])));
    let high = |name: &str| cells[0].measurements[name].interval.mean;
    assert!(high("least_unit_distance") == 0.0 && (high("effective_rank") - 1.0).abs() < 1e-3);
    let (cells, _) = run(&spec(json!([{"kind": "dropout", "rate": 0.3}])));
    let low = |name: &str| cells[0].measurements[name].interval.mean;
    assert!(low("least_unit_distance") > 0.1 && low("effective_rank") > 1.2, "{}", low("effective_rank"));
}

#[test]
fn one_question_with_many_answers_costs_the_choice_among_them() {
    for answers in [2u32, 4] {
        let (cells, _) = run(&json!({
            "dataset": {"kind": "symmetric_targets", "answers": answers, "samples": 2000, "form": {"kind": "symbols", "questions": 6}},
            "network": {"kind": "linear"},
            "training": {"steps": 1500, "learning_rate": 0.1},
            "estimators": [{"kind": "generalization_gap"}],
            "seeds": 3,
        }));
        let test = cells[0].measurements["test_cross_entropy_bits"].interval.mean;
        assert!((test - libm::log2(f64::from(answers))).abs() < 0.05, "{test} bits for {answers} answers");
    }
}
