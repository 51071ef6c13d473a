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
            "1a1c9272e59297c0d4c36ee3e9105ab8963c92348397da5f595e2f7f48f96a9e",
        ),
        (
            "tanh, adam, cosine, dropout and weight decay",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [33, 17], "activation": "tanh"},
                   "regularizers": [{"kind": "dropout", "rate": 0.3}, {"kind": "weight_decay", "rate": 0.001}],
                   "training": {"optimizer": {"kind": "adam"}, "learning_rate": 0.01, "schedule": "cosine", "steps": 200}}),
            "c99af3d2f73dbbf612f4d1336976592bed979d4ff2c95bb321c15e498e3b5ecb",
        ),
        (
            "relu, many classes, smoothing, early stopping",
            json!({"dataset": {"kind": "random_labels", "inputs": 20, "samples": 130, "classes": 7, "input_distribution": "sign"},
                   "network": {"kind": "mlp", "hidden": [24], "activation": "relu"},
                   "regularizers": [{"kind": "label_smoothing", "rate": 0.1}, {"kind": "early_stopping", "patience": 50}],
                   "training": {"learning_rate": 0.01, "steps": 200, "batch_size": 50}}),
            "d7d4af10685d07df6ae61cec0c8e5e7ff3ad263b39093830c27c00957085c3f7",
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
            "c65321d548d9254d381502eb82d7204150b45a2a589614ebf23a80fc203a9d40",
        ),
        (
            "an autoregressive network",
            json!({"dataset": {"kind": "random_strings", "length": 7, "samples": 60},
                   "network": {"kind": "made", "hidden": [24]}, "training": {"steps": 200, "batch_size": 16}}),
            "523c5877c3cde7653dedf19891c61e3182cfe35e98159f30280caeb58f06e122",
        ),
        (
            "a transformer",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "transformer", "width": 12, "heads": 2, "layers": 2},
                   "regularizers": [{"kind": "dropout", "rate": 0.1}, {"kind": "stochastic_depth", "survival": 0.8}],
                   "training": {"steps": 150, "batch_size": 16}}),
            "a79d8b56d5172052e642b42eb571ae04202d04eb7d0a5db34695295fbaacab69",
        ),
        (
            "a teacher with flips",
            json!({"dataset": {"kind": "teacher_labels", "inputs": 9, "samples": 100, "rule": {"kind": "mlp", "hidden": 4}, "flips": 0.1},
                   "network": {"kind": "mlp", "hidden": [12]}, "estimators": [{"kind": "generalization_gap"}], "training": {"steps": 100}}),
            "0834fd5dea98ab6d2084ea2b0fcf10dd95ca78949b60733a3e26592f9d2fdbd0",
        ),
        (
            "noisy regression and a mixture",
            json!({"dataset": {"kind": "symmetric_targets", "answers": 3, "samples": 80},
                   "network": {"kind": "mlp", "hidden": [12], "head": {"kind": "mixture_density", "components": 3}},
                   "training": {"steps": 100}}),
            "35fbf59accec410280106f54562eab73d0f15e77e46995db5fce0a8427d81e64",
        ),
        (
            "a recurrent network, tanh",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "tanh"}, "training": {"steps": 150, "batch_size": 16}}),
            "c7278b55c2f07b3c24321b9acdc6167e3a5de7dca9f88ffeb2ff8a522e47595a",
        ),
        (
            "a recurrent network, lstm",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "lstm"}, "training": {"steps": 150, "batch_size": 16}}),
            "42f01183b4fe8d9a564013267e03eddec428ca161ce3570d3518e6f6cea3cbf9",
        ),
        (
            "a recurrent network, gru",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "gru"}, "training": {"steps": 150, "batch_size": 16}}),
            "700de574ff3c7fe5aaea57e71ac71a0a49b5d67d2e7ac2aa0733ef8fbfb0c48d",
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
