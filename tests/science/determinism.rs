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
            "b992e536c2be9f61b9881f96ff62c4ec64e42cfb2b675acf95c5a66047c7fada",
        ),
        (
            "tanh, adam, cosine, dropout and weight decay",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [33, 17], "activation": "tanh"},
                   "regularizers": [{"kind": "dropout", "rate": 0.3}, {"kind": "weight_decay", "rate": 0.001}],
                   "training": {"optimizer": {"kind": "adam"}, "learning_rate": 0.01, "schedule": "cosine", "steps": 200}}),
            "ae2a40e277ecad718b7dc32790cf7d537644c7e89b06ac6b8ab76bc887d7e103",
        ),
        (
            "relu, many classes, smoothing, early stopping",
            json!({"dataset": {"kind": "random_labels", "inputs": 20, "samples": 130, "classes": 7, "input_distribution": "sign"},
                   "network": {"kind": "mlp", "hidden": [24], "activation": "relu"},
                   "regularizers": [{"kind": "label_smoothing", "rate": 0.1}, {"kind": "early_stopping", "patience": 50}],
                   "training": {"learning_rate": 0.01, "steps": 200, "batch_size": 50}}),
            "e80dff265374e028063231eb09f56e412a7f7ae0b04020a38ef1a161122badd7",
        ),
        (
            "residual, gelu, stochastic depth, gaussian dropout, langevin",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [18, 18, 18], "activation": "gelu", "residual": true},
                   "regularizers": [{"kind": "stochastic_depth", "survival": 0.7}, {"kind": "gaussian_dropout", "rate": 0.2},
                                    {"kind": "l1", "rate": 0.001}, {"kind": "max_norm", "norm": 2.0}],
                   "training": {"optimizer": {"kind": "langevin", "temperature": 1e-4}, "learning_rate": 0.05, "steps": 200}}),
            "e6230a7fa9aec140a2fe032b3e212fb92c92252f1701cd87d6faa17859ff4930",
        ),
        (
            "binary weights and units, late gradients, input, weight and gradient noise",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [20], "activation": "tanh"},
                   "regularizers": [{"kind": "binarize", "weights": true, "activations": true}, {"kind": "input_noise", "scale": 0.1},
                                    {"kind": "weight_noise", "scale": 0.01}, {"kind": "gradient_noise", "eta": 0.001}],
                   "training": {"optimizer": {"kind": "delayed_sgd", "delay": 3, "staleness": "uniform"}, "learning_rate": 0.05,
                                "steps": 200, "batch_size": 40, "initialization": {"kind": "scaled", "factor": 2.0}}}),
            "d4d54432933d5aaa97ccf603c2969e86f42356855539b379fd803b91a03b6cbb",
        ),
        (
            "a variational code held at a rate",
            json!({"dataset": {"kind": "random_strings", "length": 6, "alphabet": 3, "samples": 50, "collection": "set"},
                   "network": {"kind": "vae", "hidden": [12], "code": 3},
                   "regularizers": [{"kind": "latent_noise", "target_bits": 2.0}],
                   "training": {"optimizer": {"kind": "adamw"}, "steps": 200}}),
            "fb348d4f8bcc0fe5b8bdfdbbd23bb2d43c089b6e381c15d14e846e26cbd41543",
        ),
        (
            "an autoregressive network",
            json!({"dataset": {"kind": "random_strings", "length": 7, "samples": 60},
                   "network": {"kind": "made", "hidden": [24]}, "training": {"steps": 200, "batch_size": 16}}),
            "6fc37465db53206b234febaac4ef2281ef31405a36c4b1d2c0c51a020c80d25e",
        ),
        (
            "a transformer",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "transformer", "width": 12, "heads": 2, "layers": 2},
                   "regularizers": [{"kind": "dropout", "rate": 0.1}, {"kind": "stochastic_depth", "survival": 0.8}],
                   "training": {"steps": 150, "batch_size": 16}}),
            "18b4f43e9489578350aa6c32040ced858c36b076b405817a666fdde3881640ae",
        ),
        (
            "a teacher with flips",
            json!({"dataset": {"kind": "teacher_labels", "inputs": 9, "samples": 100, "rule": {"kind": "mlp", "hidden": 4}, "flips": 0.1},
                   "network": {"kind": "mlp", "hidden": [12]}, "estimators": [{"kind": "generalization_gap"}], "training": {"steps": 100}}),
            "257768cd682210ccb3c5cfe7f1048d68f6f77e56086f4bf91b2466cf12389df6",
        ),
        (
            "noisy regression and a mixture",
            json!({"dataset": {"kind": "symmetric_targets", "answers": 3, "samples": 80},
                   "network": {"kind": "mlp", "hidden": [12], "head": {"kind": "mixture_density", "components": 3}},
                   "training": {"steps": 100}}),
            "fab3a9255c637420aa3f8300b7e3a61acd56c0c5658246ad3293c3f4c807f6fd",
        ),
        (
            "a recurrent network, tanh",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "tanh"}, "training": {"steps": 150, "batch_size": 16}}),
            "d70355bb3eb472119d4922f96262c3258c627e0c24c4dfe962cb4d409f95acbf",
        ),
        (
            "a recurrent network, lstm",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "lstm"}, "training": {"steps": 150, "batch_size": 16}}),
            "7a0f53b3a1973ffac17432714f7e53b2ccfe4e211f7396626d1d395b6623088a",
        ),
        (
            "a recurrent network, gru",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "gru"}, "training": {"steps": 150, "batch_size": 16}}),
            "aca7ef1a3297f8ca8b5acf80585db71a9a2744a6fe6438f952b017a10b92a855",
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
