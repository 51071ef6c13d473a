//! Equal specs give equal bytes: on every instruction set, and whatever the
//! platform's own mathematics does.

use bitgauge::job::digest::sha256;
use bitgauge::science::kernel::isa::Isa;
use bitgauge::science::trial;
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
            "601dc40427a945cf22d534224bca53f8e95609fe0a697e2e96ca27e6df137cfa",
        ),
        (
            "tanh, adam, cosine, dropout and weight decay",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [33, 17], "activation": "tanh"},
                   "regularizers": [{"kind": "dropout", "rate": 0.3}, {"kind": "weight_decay", "rate": 0.001}],
                   "training": {"optimizer": {"kind": "adam"}, "learning_rate": 0.01, "schedule": "cosine", "steps": 200}}),
            "0515f9030fa3631fc82d31a422745a0e34567be7ad245d36462481c120f82f86",
        ),
        (
            "relu, many classes, smoothing, early stopping",
            json!({"dataset": {"kind": "random_labels", "inputs": 20, "samples": 130, "classes": 7, "input_distribution": "sign"},
                   "network": {"kind": "mlp", "hidden": [24], "activation": "relu"},
                   "regularizers": [{"kind": "label_smoothing", "rate": 0.1}, {"kind": "early_stopping", "patience": 50}],
                   "training": {"learning_rate": 0.01, "steps": 200, "batch_size": 50}}),
            "f8f2ebe831e140bceb258149b036423da669b4720859a85d5627bb4bc15b4cfd",
        ),
        (
            "residual, gelu, stochastic depth, gaussian dropout, langevin",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [18, 18, 18], "activation": "gelu", "residual": true},
                   "regularizers": [{"kind": "stochastic_depth", "survival": 0.7}, {"kind": "gaussian_dropout", "rate": 0.2},
                                    {"kind": "l1", "rate": 0.001}, {"kind": "max_norm", "norm": 2.0}],
                   "training": {"optimizer": {"kind": "langevin", "temperature": 1e-4}, "learning_rate": 0.05, "steps": 200}}),
            "2c6ec339625d9af7a3f12481f9858c24ba4369cc157b404c6db1105c7cec422e",
        ),
        (
            "binary weights and units, late gradients, input, weight and gradient noise",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [20], "activation": "tanh"},
                   "regularizers": [{"kind": "binarize", "weights": true, "activations": true}, {"kind": "input_noise", "scale": 0.1},
                                    {"kind": "weight_noise", "scale": 0.01}, {"kind": "gradient_noise", "eta": 0.001}],
                   "training": {"optimizer": {"kind": "delayed_sgd", "delay": 3, "staleness": "uniform"}, "learning_rate": 0.05,
                                "steps": 200, "batch_size": 40, "initialization": {"kind": "scaled", "factor": 2.0}}}),
            "bf09ac3071d7c673c5f5eabac011be8e0a1867b7d5815f4c9d0684445ca6a930",
        ),
        (
            "a variational code held at a rate",
            json!({"dataset": {"kind": "random_strings", "length": 6, "alphabet": 3, "samples": 50, "collection": "set"},
                   "network": {"kind": "vae", "hidden": [12], "code": 3},
                   "regularizers": [{"kind": "latent_noise", "target_bits": 2.0}],
                   "training": {"optimizer": {"kind": "adamw"}, "steps": 200}}),
            "a2529ab3257c5d2948d3c0cb57a69bce99d054995475ebb80b3ad7cb2b8c87c5",
        ),
        (
            "an autoregressive network",
            json!({"dataset": {"kind": "random_strings", "length": 7, "samples": 60},
                   "network": {"kind": "made", "hidden": [24]}, "training": {"steps": 200, "batch_size": 16}}),
            "453d88a9b57e839497c631bd8a01cdacb77582060d08cd78ef9224bf0947cc0f",
        ),
        (
            "a transformer",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "transformer", "width": 12, "heads": 2, "layers": 2},
                   "regularizers": [{"kind": "dropout", "rate": 0.1}, {"kind": "stochastic_depth", "survival": 0.8}],
                   "training": {"steps": 150, "batch_size": 16}}),
            "bf6d1eed9b7c7f900c16ba3e94abadc9edff63ccbf0fd3180d99a164cdc2abc7",
        ),
        (
            "a recurrent network, tanh",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "tanh"}, "training": {"steps": 150, "batch_size": 16}}),
            "1662eb43304f59ebd61a5afb59bc35653c439b4ddb67d95477e10910a0572b17",
        ),
        (
            "a recurrent network, lstm",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "lstm"}, "training": {"steps": 150, "batch_size": 16}}),
            "d5911b7493c6f3eb48d4ebad8be17e836bef453fd9d053d961a0e3cc56e95053",
        ),
        (
            "a recurrent network, gru",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "gru"}, "training": {"steps": 150, "batch_size": 16}}),
            "e05975048c7568fe28064fea11f31e8be60b16ecd5afd09fe6a06fbb74bc5e6c",
        ),
    ]
}

fn digest(spec: &Value, isa: Isa) -> String {
    let report = trial::run_on(isa, &parse(spec).trial(0), &mut Free).unwrap();
    sha256(&serde_json::to_vec(&report).unwrap())
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
