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
