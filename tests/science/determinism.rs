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
            "a286f8ccbb41b6ac3cd27bee52e6704f60c80a5a516c92fc4a5f12b8bebc86eb",
        ),
        (
            "tanh, adam, cosine, dropout and weight decay",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [33, 17], "activation": "tanh"},
                   "regularizers": [{"kind": "dropout", "rate": 0.3}, {"kind": "weight_decay", "rate": 0.001}],
                   "training": {"optimizer": {"kind": "adam"}, "learning_rate": 0.01, "schedule": "cosine", "steps": 200}}),
            "dc9b42d6accaa303da04df8f12d590eea1d6f1c94edc8457c081b2002d231a3b",
        ),
        (
            "relu, many classes, smoothing, early stopping",
            json!({"dataset": {"kind": "random_labels", "inputs": 20, "samples": 130, "classes": 7, "input_distribution": "sign"},
                   "network": {"kind": "mlp", "hidden": [24], "activation": "relu"},
                   "regularizers": [{"kind": "label_smoothing", "rate": 0.1}, {"kind": "early_stopping", "patience": 50}],
                   "training": {"learning_rate": 0.01, "steps": 200, "batch_size": 50}}),
            "e0b094f952029b1388a2920f649df69601b62deb7f46791e8b43fe0205d2d760",
        ),
        (
            "relu, langevin",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [24, 16], "activation": "relu"},
                   "training": {"optimizer": {"kind": "langevin", "temperature": 1e-4}, "learning_rate": 0.05, "steps": 200, "batch_size": 32}}),
            "c6021282f323101c94fc7211b767ff634e5099fdcbe5f12bebcccc27acd5cec7",
        ),
        (
            "residual, gelu, stochastic depth, gaussian dropout, langevin",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [18, 18, 18], "activation": "gelu", "residual": true},
                   "regularizers": [{"kind": "stochastic_depth", "survival": 0.7}, {"kind": "gaussian_dropout", "rate": 0.2},
                                    {"kind": "l1", "rate": 0.001}, {"kind": "max_norm", "norm": 2.0}],
                   "training": {"optimizer": {"kind": "langevin", "temperature": 1e-4}, "learning_rate": 0.05, "steps": 200}}),
            "ee2748e71f12e2d6e2458bb39ee34dd1b493b7fc516ea2203c763f5372b2294e",
        ),
        (
            "binary weights and units, late gradients, input, weight and gradient noise",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [20]},
                   "regularizers": [{"kind": "binarize", "weights": true, "activations": true}, {"kind": "input_noise", "scale": 0.1},
                                    {"kind": "weight_noise", "scale": 0.01}, {"kind": "gradient_noise", "eta": 0.001}],
                   "training": {"optimizer": {"kind": "delayed_sgd", "delay": 3, "staleness": "uniform"}, "learning_rate": 0.05,
                                "steps": 200, "batch_size": 40, "initialization": {"kind": "scaled", "factor": 2.0}}}),
            "5ada34fb69119eacd3092f63be6483dad682666c6aaac9a92d32bc124cce7093",
        ),
        (
            "a variational code held at a rate",
            json!({"dataset": {"kind": "random_strings", "length": 6, "alphabet": 3, "samples": 50, "collection": "set"},
                   "network": {"kind": "vae", "hidden": [12], "code": 3},
                   "regularizers": [{"kind": "latent_noise", "target_bits": 2.0}],
                   "training": {"optimizer": {"kind": "adamw"}, "steps": 200}}),
            "6fba3895b3765700d174a6d9df252657a83df1423900286e30d47fcee9999dfb",
        ),
        (
            "an autoregressive network",
            json!({"dataset": {"kind": "random_strings", "length": 7, "samples": 60},
                   "network": {"kind": "made", "hidden": [24]}, "training": {"steps": 200, "batch_size": 16}}),
            "74ef1e3ad5addc9d29a899ba83ea9302955e3e203fa8e21c43edc3701fb5218f",
        ),
        (
            "a transformer",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "transformer", "width": 12, "heads": 2, "layers": 2},
                   "regularizers": [{"kind": "dropout", "rate": 0.1}, {"kind": "stochastic_depth", "survival": 0.8}],
                   "training": {"steps": 150, "batch_size": 16}}),
            "fc5fa00baf4b62d69fb75262c0aca604393a50371c85f4dc36962a5df31c87be",
        ),
        (
            "a teacher with flips",
            json!({"dataset": {"kind": "teacher_labels", "inputs": 9, "samples": 100, "rule": {"kind": "mlp", "hidden": 4}, "flips": 0.1},
                   "network": {"kind": "mlp", "hidden": [12]}, "estimators": [{"kind": "generalization_gap"}], "training": {"steps": 100}}),
            "23b7535d2cb979c60b831d780754793cf6980489def315699ecc5658a4a4bb51",
        ),
        (
            "noisy regression and a mixture",
            json!({"dataset": {"kind": "symmetric_targets", "answers": 3, "samples": 80},
                   "network": {"kind": "mlp", "hidden": [12], "head": {"kind": "mixture_density", "components": 3}},
                   "training": {"steps": 100}}),
            "eb413bfab8ae436c6343f8939870bea252cba5d4012baa2bae7a4d6aca083227",
        ),
        (
            "a recurrent network, tanh",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "tanh"}, "training": {"steps": 150, "batch_size": 16}}),
            "29a6fa6c3236684d3535c9481db01f4266abd27a684bc77f4a384eda647fd22d",
        ),
        (
            "a recurrent network, lstm",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "lstm"}, "training": {"steps": 150, "batch_size": 16}}),
            "e51b1db6cd523d4b97f7a99c3a16bcf018492fd07ae1d9accd61a123fa5edac5",
        ),
        (
            "a recurrent network, gru",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "gru"}, "training": {"steps": 150, "batch_size": 16}}),
            "5f83fc8cd016dd1b93bc1a1a4aff6d8001bbf3b6d74098c41cfa3610adc714d2",
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
    let mut others = Vec::new();
    for (name, spec, expected) in golden() {
        for &isa in &sets {
            let found = digest(&spec, isa);
            others.extend((found != expected).then(|| format!("{name} on {isa:?}: {found}")));
        }
    }
    assert!(others.is_empty(), "{others:#?}");
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
