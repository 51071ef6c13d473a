//! Measurements against what theory says of sources with rules and codes with
//! rates, through the same code path as any job.

use bitgauge::calibration::{Case, suite};
use serde_json::json;

use super::{evaluate, run};

/// Cases that take minutes; `bitgauge calibrate` has them too.
const LONG: u64 = 10_000;

/// Runs cases of the calibration suite; every row is where it must be.
fn meet(chosen: impl Fn(&Case) -> bool) {
    let cases: Vec<Case> = suite().into_iter().filter(chosen).collect();
    assert!(!cases.is_empty());
    for case in cases {
        for row in case.rows(&evaluate(&case.spec)) {
            assert!(row.met, "{row:?}");
        }
    }
}

// the quick ones are run by the process that serves their certificate
#[test]
fn cases_that_are_not_quick_are_met() {
    meet(|case| !case.quick && case.spec["training"]["steps"].as_u64() < Some(LONG));
}

#[test]
#[ignore = "minutes: just nightly"]
fn long_cases_are_met() {
    meet(|case| case.spec["training"]["steps"].as_u64() >= Some(LONG));
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
fn where_nothing_is_memorized_no_precision_is_enough() {
    for network in [json!({"kind": "mlp", "hidden": [16]}), json!({"kind": "linear"})] {
        let (cells, _) = run(&json!({
            "dataset": {"kind": "random_labels", "inputs": 8, "samples": 150},
            "network": network,
            "training": {"steps": 1, "learning_rate": 1e-9},
            "estimators": [{"kind": "weight_precision"}], "seeds": 8,
        }));
        assert!(!cells[0].measurements.contains_key("precision_bits"), "{network}");
        assert!(cells[0].measurements.contains_key("memorized_bits_at_8_bits"));
    }
}

#[test]
fn a_binary_weight_is_one_bit_whatever_is_rounded() {
    let spec = |bias: bool| {
        json!({
            "dataset": {"kind": "random_labels", "inputs": 20, "samples": 40},
            "network": {"kind": "mlp", "hidden": [32], "bias": bias},
            "regularizers": [{"kind": "binarize", "weights": true}],
            "training": {"steps": 1000, "learning_rate": 0.01},
            "estimators": [{"kind": "memorized_bits"}, {"kind": "weight_precision"}], "seeds": 3,
        })
    };
    let (cells, _) = run(&spec(false));
    let mean = |name: &str| cells[0].measurements[name].interval.mean;
    for bits in [16, 8, 4, 2] {
        let kept = mean(&format!("memorized_bits_at_{bits}_bits"));
        assert!(kept.to_bits() == mean("memorized_bits").to_bits(), "{kept} at {bits}");
    }
    assert!(mean("memorized_bits") > 10.0, "{}", mean("memorized_bits"));
    let weights = 20.0 * 32.0 + 32.0;
    assert!((mean("precision_bits") - weights).abs() < 1e-9, "{}", mean("precision_bits"));
    assert!((cells[0].upper_bounds.weights_bits - weights).abs() < 1e-9);
    // biases stay floats
    let (cells, _) = run(&spec(true));
    assert!((cells[0].upper_bounds.weights_bits - (weights + 32.0 * 33.0)).abs() < 1e-9);
}

#[test]
fn a_set_that_is_known_holds_its_own_bits_and_a_full_one_none() {
    // a bias for each place and symbol at first, then all strings but one, or all
    let spec = |samples: u32| {
        json!({
            "dataset": {"kind": "random_strings", "length": 4, "samples": samples, "collection": "set"},
            "network": {"kind": "made", "hidden": [64]},
            "training": {"steps": 3000, "learning_rate": 0.02},
            "estimators": [{"kind": "memorized_bits"}, {"kind": "generalization_gap"}], "seeds": 2,
        })
    };
    let (cells, _) = run(&spec(15));
    let mean = |name: &str| cells[0].measurements[name].interval.mean;
    assert!((cells[0].dataset_bits - 4.0).abs() < 1e-9);
    assert!((mean("memorized_bits") - 4.0).abs() < 0.1, "{}", mean("memorized_bits"));
    assert!(mean("held_out_bits") <= 0.0, "{}", mean("held_out_bits"));
    let (cells, _) = run(&spec(16));
    let mean = |name: &str| cells[0].measurements[name].interval.mean;
    assert!(cells[0].dataset_bits.to_bits() == 0, "{}", cells[0].dataset_bits);
    assert!(mean("memorized_bits").abs() < 1e-3, "{}", mean("memorized_bits"));
}
