//! Equal specs give equal bytes: on every instruction set, and whatever the
//! platform's own mathematics does.

use bitgauge::outcome::Digest;
use bitgauge::science::kernel::isa::Isa;
use bitgauge::science::trial::{self, TrialSpec};
use serde_json::{Value, json};

use super::{Free, parse};

/// One trial of each kind of arithmetic, with the digest of its report. A
/// digest that changes is a new `NUMERIC_PROFILE`.
fn golden() -> Vec<(&'static str, Value, &'static str)> {
    let data = json!({"kind": "random_labels", "inputs": 20, "samples": 130});
    vec![
        (
            "linear, sgd with momentum, minibatches",
            json!({"dataset": data, "network": {"kind": "linear"},
                   "training": {"optimizer": {"kind": "sgd", "momentum": 0.9}, "learning_rate": 0.1, "steps": 200, "batch_size": 32}}),
            "3a136ae7f82776161f21cb0eeb8787c19269c0a9873c0337ff5bd80de797282f",
        ),
        (
            "tanh, adam, cosine, dropout and weight decay",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [33, 17], "activation": "tanh"},
                   "regularizers": [{"kind": "dropout", "rate": 0.3}, {"kind": "weight_decay", "rate": 0.001}],
                   "training": {"optimizer": {"kind": "adam"}, "learning_rate": 0.01, "schedule": "cosine", "steps": 200}}),
            "a3e24d9179ac1a58094ee06b98cb2add3a20f7f2967620e174a2a37c912d06f8",
        ),
        (
            "relu, many classes, smoothing, early stopping",
            json!({"dataset": {"kind": "random_labels", "inputs": 20, "samples": 130, "classes": 7, "input_distribution": "sign"},
                   "network": {"kind": "mlp", "hidden": [24], "activation": "relu"},
                   "regularizers": [{"kind": "label_smoothing", "rate": 0.1}, {"kind": "early_stopping", "patience": 50}],
                   "training": {"learning_rate": 0.01, "steps": 200, "batch_size": 50}}),
            "f23d0584c98bfe2e0c10e9b314a86a16e3f3be59a2c81a904175260bd246f48a",
        ),
        (
            "relu, langevin",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [24, 16], "activation": "relu"},
                   "training": {"optimizer": {"kind": "langevin", "temperature": 1e-4}, "learning_rate": 0.05, "steps": 200, "batch_size": 32}}),
            "0116dc9b82954b286cff8e51b3f8950e92e5abd3ad0e9a1dc1ed19e849be0fe3",
        ),
        (
            "residual, gelu, stochastic depth, gaussian dropout, langevin",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [18, 18, 18], "activation": "gelu", "residual": true},
                   "regularizers": [{"kind": "stochastic_depth", "survival": 0.7}, {"kind": "gaussian_dropout", "rate": 0.2},
                                    {"kind": "l1", "rate": 0.001}, {"kind": "max_norm", "norm": 2.0}],
                   "training": {"optimizer": {"kind": "langevin", "temperature": 1e-4}, "learning_rate": 0.05, "steps": 200}}),
            "b83dac5cd4676e552832654a38b75d450e740711fc6d55dde742a74a1e76c45c",
        ),
        (
            "binary weights and units, late gradients, input, weight and gradient noise",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [20], "activation": "tanh"},
                   "regularizers": [{"kind": "binarize", "weights": true, "activations": true}, {"kind": "input_noise", "scale": 0.1},
                                    {"kind": "weight_noise", "scale": 0.01}, {"kind": "gradient_noise", "eta": 0.001}],
                   "training": {"optimizer": {"kind": "delayed_sgd", "delay": 3, "staleness": "uniform"}, "learning_rate": 0.05,
                                "steps": 200, "batch_size": 40, "initialization": {"kind": "scaled", "factor": 2.0}}}),
            "0d15a8a5e599fbb2ce67ce1f6f9b7a18c5d6b7ea765690b8bba0310016210977",
        ),
        (
            "a variational code held at a rate",
            json!({"dataset": {"kind": "random_strings", "length": 6, "alphabet": 3, "samples": 50, "collection": "set"},
                   "network": {"kind": "vae", "hidden": [12], "code": 3},
                   "regularizers": [{"kind": "latent_noise", "target_bits": 2.0}],
                   "training": {"optimizer": {"kind": "adamw"}, "steps": 200}}),
            "22601fc7e05a803c8713e17e0c0622ec9222058792f84e6a4c903e9b07e25201",
        ),
        (
            "an autoregressive network",
            json!({"dataset": {"kind": "random_strings", "length": 7, "samples": 60},
                   "network": {"kind": "made", "hidden": [24]}, "training": {"steps": 200, "batch_size": 16}}),
            "845547c516a8148acadda4a940e9d973e7dbf64589dd4e925bad4ef7ea0c5fd0",
        ),
        (
            "a transformer",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "transformer", "width": 12, "heads": 2, "layers": 2},
                   "regularizers": [{"kind": "dropout", "rate": 0.1}, {"kind": "stochastic_depth", "survival": 0.8}],
                   "training": {"steps": 150, "batch_size": 16}}),
            "b4f8b8e4283142a17102415ad8857df2a3bd76f672df0efc88440a0f162955b9",
        ),
        (
            "a teacher with flips",
            json!({"dataset": {"kind": "teacher_labels", "inputs": 9, "samples": 100, "rule": {"kind": "mlp", "hidden": 4}, "flips": 0.1},
                   "network": {"kind": "mlp", "hidden": [12]}, "estimators": [{"kind": "generalization_gap"}], "training": {"steps": 100}}),
            "0f47ba5c4722ea93629e575d49a1eb392ec5a9ac9e27e8072effb08cbff00e62",
        ),
        (
            "noisy regression and a mixture",
            json!({"dataset": {"kind": "symmetric_targets", "answers": 3, "samples": 80},
                   "network": {"kind": "mlp", "hidden": [12], "head": {"kind": "mixture_density", "components": 3}},
                   "training": {"steps": 100}}),
            "160c091bc6030c6c51da4db894536b48f75f63c7b042cd74c7a601b9fbaffc43",
        ),
        (
            "a recurrent network, tanh",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "tanh"}, "training": {"steps": 150, "batch_size": 16}}),
            "84d124e0956af9e77a6d791a7a3ee8a52abf808d19ccfb0f9d645cc96a40f481",
        ),
        (
            "a recurrent network, lstm",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "lstm"}, "training": {"steps": 150, "batch_size": 16}}),
            "532375d8aa12083ebab03bf517e1d53a36d7b235972bc0a5feb36c17c4bc56fe",
        ),
        (
            "a recurrent network, gru",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "gru"}, "training": {"steps": 150, "batch_size": 16}}),
            "99bd6eb67a3a90b9b47c84e6609dd818a52310377de405ae3b15b52bb39ad809",
        ),
    ]
}

fn digest(spec: &Value, isa: Isa) -> String {
    digest_of(&parse(spec).trial(0), isa)
}

fn digest_of(spec: &TrialSpec, isa: Isa) -> String {
    let report = trial::run_on(isa, spec, &mut Free).unwrap();
    Digest::of(&serde_json::to_vec(&report).unwrap()).to_string()
}

#[test]
fn reports_have_their_golden_digests_on_every_instruction_set() {
    let sets = Isa::available();
    assert!(!sets.is_empty());
    for (name, spec, expected) in golden() {
        for &isa in &sets {
            assert_eq!(digest(&spec, isa), expected, "{name} on {isa:?}");
        }
    }
}

#[test]
fn a_spec_that_was_written_and_read_back_has_the_same_digest() {
    for (name, spec, expected) in golden() {
        let written = serde_json::to_string(&parse(&spec).trial(0)).unwrap();
        let read: TrialSpec = serde_json::from_str(&written).unwrap();
        assert_eq!(digest_of(&read, Isa::detect()), expected, "{name}");
    }
}

/// Run by the test below in a child process whose C library believes that the
/// machine has neither FMA nor AVX2.
#[test]
fn digests_of_this_process() {
    for (_, spec, _) in golden() {
        println!("digest {}", digest(&spec, Isa::detect()));
    }
}

#[test]
fn the_platforms_mathematics_does_not_matter() {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "determinism::digests_of_this_process", "--nocapture"])
        .env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-FMA,-AVX2,-AVX2_Usable,-FMA_Usable,-AVX512F")
        .output()
        .unwrap();
    assert!(child.status.success());
    let text = String::from_utf8(child.stdout).unwrap();
    let digests: Vec<&str> = text.lines().filter_map(|line| line.split("digest ").nth(1)).collect();
    let expected: Vec<&str> = golden().into_iter().map(|(_, _, digest)| digest).collect();
    assert_eq!(digests, expected);
}
