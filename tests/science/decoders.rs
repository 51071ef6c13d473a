//! Decoders: bits that one rule of reading misses and another reads, through the same code path as
//! any job.

use serde_json::json;

use super::run;

#[test]
fn what_smoothing_hides_the_strongest_decoder_reads() {
    let (cells, analyses) = run(&json!({
        "dataset": {"kind": "teacher_labels", "inputs": 20, "samples": 200, "rule": {"kind": "linear"}, "flips": 0.2},
        "network": {"kind": "mlp", "hidden": [48]},
        "training": {"steps": 1200, "learning_rate": 0.01},
        "estimators": [{"kind": "generalization_gap"}, {"kind": "memorized_bits"}],
        "sweep": [{"path": "/regularizers", "values": [[], [{"kind": "label_smoothing", "rate": 0.9}], [{"kind": "weight_decay", "rate": 0.01}]]}],
        "seeds": 4,
    }));
    let measured = &cells[1].measurements;
    let mean = |name: &str| measured[name].interval.mean;
    assert!(mean("train_error") < 1e-12);
    // what the draw's flips are to the rule's best predictor; memorized bits are all of 200
    let noise = mean("noise_bits_hard") + libm::log2(201.0);
    assert!(mean("noise_bits") < 0.0, "{}", mean("noise_bits"));
    let strongest = &measured["noise_bits_strongest"];
    assert!(noise > 100.0 && strongest.interval.mean >= noise - 8.0, "{noise} {strongest:?}");
    assert!((mean("noise_bits_recalibrated") - (noise - 0.5 * libm::log2(200.0))).abs() < 1.0);
    assert!(mean("memorized_bits") < 40.0 && mean("memorized_bits_strongest") > 190.0);
    assert_eq!(strongest.decoders.values().sum::<u64>(), 4, "{:?}", strongest.decoders);
    assert!(
        !strongest.decoders.contains_key("raw") && cells[0].measurements["noise_bits"].decoders.is_empty()
    );
    for cell in &cells {
        for null in ["", "_recalibrated", "_hard", "_assisted"] {
            let null = &cell.measurements[&format!("held_out_noise_bits{null}")];
            assert!(null.interval.mean <= 0.0, "{:?} {null:?}", cell.cell);
        }
    }
    // the axis is read with every decoder
    let read: Vec<&String> = analyses.regularization[0].baseline.bits.keys().collect();
    assert_eq!(
        read,
        [
            "noise_bits",
            "noise_bits_assisted",
            "noise_bits_hard",
            "noise_bits_recalibrated",
            "noise_bits_strongest"
        ]
    );
}

#[test]
fn a_training_that_ran_away_is_read_as_ignorance() {
    for (seed, learning_rate) in [(0, 1e6), (1, 1e4), (2, 1e5)] {
        let (cells, _) = run(&json!({
            "dataset": {"kind": "random_labels", "inputs": 10, "samples": 60},
            "network": {"kind": "mlp", "hidden": [8]},
            "training": {"steps": 100, "learning_rate": learning_rate},
            "seeds": 3, "seed": seed,
        }));
        let Some(raw) = cells[0].measurements.get("memorized_bits") else { continue };
        let recalibrated = &cells[0].measurements["memorized_bits_recalibrated"].interval;
        let least = raw.interval.mean.max(0.0);
        assert!(recalibrated.mean >= least && recalibrated.mean <= 60.0, "{learning_rate} {recalibrated:?}");
    }
}

#[test]
fn references_tell_members_whose_losses_do_not() {
    let (cells, _) = run(&json!({
        "dataset": {"kind": "random_labels", "inputs": 20, "samples": 100},
        "network": {"kind": "mlp", "hidden": [48]},
        "regularizers": [{"kind": "label_smoothing", "rate": 0.99}],
        "training": {"steps": 1000, "learning_rate": 0.01},
        "estimators": [{"kind": "memorized_bits"}, {"kind": "membership_inference", "references": 8}, {"kind": "likelihood_ratio", "references": 8}],
        "sweep": [{"path": "/training/learning_rate", "values": [0.01, 1e-9]}],
        "seeds": 4,
    }));
    let mean = |cell: usize, name: &str| cells[cell].measurements[name].interval.mean;
    // every label is held, and hidden from whoever reads losses
    assert!(mean(0, "memorized_bits") < 5.0 && mean(0, "memorized_bits_hard") > 99.999);
    assert!(mean(0, "membership_auc") < 0.65, "{}", mean(0, "membership_auc"));
    // half of the fresh labels are guessed right by chance
    assert!(
        mean(0, "membership_auc_likelihood_ratio") > 0.75,
        "{}",
        mean(0, "membership_auc_likelihood_ratio")
    );
    assert!(mean(0, "noise_bits_likelihood_ratio") > 90.0);
    // without training nobody tells anything
    assert!((mean(1, "membership_auc_likelihood_ratio") - 0.5).abs() < 0.08);
    assert!(mean(1, "noise_bits_likelihood_ratio") < 0.0);
    for cell in 0..2 {
        assert!(mean(cell, "held_out_noise_bits_likelihood_ratio") <= 0.0);
    }
}
