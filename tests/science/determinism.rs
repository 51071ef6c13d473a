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
            "7494a36ba8439ce02faa7304e83d82133ba4c3d984d8ff03de45f803f52c966f",
        ),
        (
            "tanh, adam, cosine, dropout and weight decay",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [33, 17], "activation": "tanh"},
                   "regularizers": [{"kind": "dropout", "rate": 0.3}, {"kind": "weight_decay", "rate": 0.001}],
                   "training": {"optimizer": {"kind": "adam"}, "learning_rate": 0.01, "schedule": "cosine", "steps": 200}}),
            "0578cde0b9d86924066ea2db51b07524660d399a1a024fbd0f2550fc5ef14ffb",
        ),
        (
            "relu, many classes, smoothing, early stopping",
            json!({"dataset": {"kind": "random_labels", "inputs": 20, "samples": 130, "classes": 7, "input_distribution": "sign"},
                   "network": {"kind": "mlp", "hidden": [24], "activation": "relu"},
                   "regularizers": [{"kind": "label_smoothing", "rate": 0.1}, {"kind": "early_stopping", "patience": 50}],
                   "training": {"learning_rate": 0.01, "steps": 200, "batch_size": 50}}),
            "3915c4c25e90e025814a560b83567965901b6763abb2bbdb90cea96c7f0456c9",
        ),
        (
            "relu, langevin",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [24, 16], "activation": "relu"},
                   "training": {"optimizer": {"kind": "langevin", "temperature": 1e-4}, "learning_rate": 0.05, "steps": 200, "batch_size": 32}}),
            "c575e900dee549f478a06d48e9000210ec40517c4b84af237e7e0e05722ba6d7",
        ),
        (
            "residual, gelu, stochastic depth, gaussian dropout, langevin",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [18, 18, 18], "activation": "gelu", "residual": true},
                   "regularizers": [{"kind": "stochastic_depth", "survival": 0.7}, {"kind": "gaussian_dropout", "rate": 0.2},
                                    {"kind": "l1", "rate": 0.001}, {"kind": "max_norm", "norm": 2.0}],
                   "training": {"optimizer": {"kind": "langevin", "temperature": 1e-4}, "learning_rate": 0.05, "steps": 200}}),
            "9ac0593d931919f441d2663d40bfaa79947655dd616c5346ceca66e38179b81d",
        ),
        (
            "binary weights and units, late gradients, input, weight and gradient noise",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [20], "activation": "tanh"},
                   "regularizers": [{"kind": "binarize", "weights": true, "activations": true}, {"kind": "input_noise", "scale": 0.1},
                                    {"kind": "weight_noise", "scale": 0.01}, {"kind": "gradient_noise", "eta": 0.001}],
                   "training": {"optimizer": {"kind": "delayed_sgd", "delay": 3, "staleness": "uniform"}, "learning_rate": 0.05,
                                "steps": 200, "batch_size": 40, "initialization": {"kind": "scaled", "factor": 2.0}}}),
            "131a8b83b5fe9a8c2360cc68073f06e84fcf552a48b4e5910bf5ecd043934c5f",
        ),
        (
            "a variational code held at a rate",
            json!({"dataset": {"kind": "random_strings", "length": 6, "alphabet": 3, "samples": 50, "collection": "set"},
                   "network": {"kind": "vae", "hidden": [12], "code": 3},
                   "regularizers": [{"kind": "latent_noise", "target_bits": 2.0}],
                   "training": {"optimizer": {"kind": "adamw"}, "steps": 200}}),
            "a427a7fd083e7105f1b3df65456d8446b81fb5930656afd621ed21b92a16641f",
        ),
        (
            "an autoregressive network",
            json!({"dataset": {"kind": "random_strings", "length": 7, "samples": 60},
                   "network": {"kind": "made", "hidden": [24]}, "training": {"steps": 200, "batch_size": 16}}),
            "f2ddb21b5287722c1246ed8c8ed2348ab6735850d8be7e7ab94411dc41b2c1c4",
        ),
        (
            "a transformer",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "transformer", "width": 12, "heads": 2, "layers": 2},
                   "regularizers": [{"kind": "dropout", "rate": 0.1}, {"kind": "stochastic_depth", "survival": 0.8}],
                   "training": {"steps": 150, "batch_size": 16}}),
            "abb98a9074fde5a2e7dc2f4cb28bb2686cd254035bed3b559d157f1bf27d1614",
        ),
        (
            "a teacher with flips",
            json!({"dataset": {"kind": "teacher_labels", "inputs": 9, "samples": 100, "rule": {"kind": "mlp", "hidden": 4}, "flips": 0.1},
                   "network": {"kind": "mlp", "hidden": [12]}, "estimators": [{"kind": "generalization_gap"}], "training": {"steps": 100}}),
            "2d367543292baf626387297da89bab392fbf2074c372c9f5bd8a5b365eb84911",
        ),
        (
            "noisy regression and a mixture",
            json!({"dataset": {"kind": "symmetric_targets", "answers": 3, "samples": 80},
                   "network": {"kind": "mlp", "hidden": [12], "head": {"kind": "mixture_density", "components": 3}},
                   "training": {"steps": 100}}),
            "99c0036b6f2594e02b4f5d583abfea1e780d9ae62347f802e79fe148c9f7be3d",
        ),
        (
            "a recurrent network, tanh",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "tanh"}, "training": {"steps": 150, "batch_size": 16}}),
            "57e242ee1fa34d00b75ff9c5a3bd031027a5616e09a6933d7c2f6dc8f2c2195c",
        ),
        (
            "a recurrent network, lstm",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "lstm"}, "training": {"steps": 150, "batch_size": 16}}),
            "8bc979d8d546a3698e1297af3e10aa276db40f1845af268ed02d1f4647b286d2",
        ),
        (
            "a recurrent network, gru",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "gru"}, "training": {"steps": 150, "batch_size": 16}}),
            "a11b6aef17fcfdf6f00b453039d55d2f8ba2c1921f6c5a530ef130fd341264a5",
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
