//! Decoders: networks that hold all labels behind small logits, which each decoder reads but for
//! what it pays, and networks that never saw theirs.

use serde_json::{Value, json};

use super::{Case, Check, Measure, Reading, check, mean};
use crate::spec::claim::Relation;

const SAMPLES: u32 = 200;

pub(super) fn decoders() -> Vec<Case> {
    vec![smoothed(), unseen(), members()]
}

fn labels(flips: f64) -> Value {
    json!({"kind": "teacher_labels", "inputs": 20, "samples": SAMPLES, "rule": {"kind": "linear"}, "flips": flips})
}

/// Every label is held, each at a logit of .1.
fn smoothed() -> Case {
    let spec = json!({
        "dataset": labels(0.2),
        "network": {"kind": "mlp", "hidden": [48]},
        "regularizers": [{"kind": "label_smoothing", "rate": 0.9}],
        "training": {"steps": 1500, "learning_rate": 0.01},
        "estimators": [
            {"kind": "memorized_bits"}, {"kind": "generalization_gap"}, {"kind": "likelihood_ratio", "references": 2},
        ],
        "seeds": 4,
    });
    let n = f64::from(SAMPLES);
    let constant = 0.5 * libm::log2(n);
    let at = |relation, expected, source| Check {
        relation,
        ..check("memorized_bits_strongest", "bits", expected, 0.0, source)
    };
    let missed = |name: &'static str, paid: f64, source| Check {
        quantity: format!("noise that {name} misses"),
        measure: not_read(name),
        ..check(name, "bits", paid, 0.5, source)
    };
    let checks = vec![
        at(Relation::AtLeast, n - constant - 1.0, "all labels, less half of log2 N"),
        at(Relation::AtMost, n, "all bits of the dataset"),
        missed("noise_bits_recalibrated", constant, "one constant: half of log2 N"),
        missed("noise_bits_hard", libm::log2(n + 1.0), "how many labels are wrong: log2(N+1)"),
        missed("noise_bits_assisted", 2.0 * constant, "two constants"),
        missed("noise_bits_likelihood_ratio", 3.0 * constant, "three constants"),
        missed("noise_bits_strongest", constant, "those of the strongest"),
    ];
    Case { name: "labels held under smoothing", quick: true, spec, checks }
}

/// What a decoder does not read of what the rule leaves open, `noise_bits` and the whole code raw.
fn not_read(name: &'static str) -> Measure {
    Box::new(move |evaluation| {
        let of = |quantity| mean(quantity)(evaluation).map(|reading| reading.value);
        let open = of("noise_bits")? + f64::from(SAMPLES) * of("train_cross_entropy_bits")?;
        Some(Reading { value: open - of(name)?, standard_error: 0.0 })
    })
}

/// Fair coins for labels, and a network that was hardly trained: nobody reads anything, after
/// what it pays.
fn unseen() -> Case {
    let spec = json!({
        "dataset": labels(0.5),
        "network": {"kind": "mlp", "hidden": [48]},
        "training": {"steps": 1, "learning_rate": 1e-9},
        "estimators": [
            {"kind": "memorized_bits"}, {"kind": "generalization_gap"}, {"kind": "likelihood_ratio", "references": 2},
        ],
        "seeds": 64,
    });
    let null = |quantity: &'static str| Check {
        relation: Relation::AtMost,
        ..check(quantity, "bits", 0.0, 0.0, "labels that were never seen")
    };
    let quantities = [
        "noise_bits",
        "noise_bits_recalibrated",
        "noise_bits_hard",
        "noise_bits_assisted",
        "noise_bits_likelihood_ratio",
        "noise_bits_strongest",
        "memorized_bits_strongest",
        "held_out_bits_recalibrated",
        "held_out_bits_hard",
        "held_out_noise_bits_assisted",
        "held_out_noise_bits_likelihood_ratio",
    ];
    let checks = quantities.map(null).into();
    Case { name: "labels that no network saw", quick: true, spec, checks }
}

/// Losses do not tell members whose labels are held at logits of .01; references do.
fn members() -> Case {
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 20, "samples": 100},
        "network": {"kind": "mlp", "hidden": [48]},
        "regularizers": [{"kind": "label_smoothing", "rate": 0.99}],
        "training": {"steps": 1000, "learning_rate": 0.01},
        "estimators": [{"kind": "membership_inference", "references": 8}],
        "seeds": 4,
    });
    let source = "half of the fresh labels of two classes are guessed right by chance";
    let checks = vec![Check {
        relation: Relation::AtLeast,
        ..check("membership_auc_likelihood_ratio", "probability", 0.75, 0.0, source)
    }];
    Case { name: "members under smoothing", quick: true, spec, checks }
}
