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
            "88987cae7c2cc39f3877aedc7c405ac8d2cc94a50342be6c9c6b62b72fcc9fe6",
        ),
        (
            "tanh, adam, cosine, dropout and weight decay",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [33, 17], "activation": "tanh"},
                   "regularizers": [{"kind": "dropout", "rate": 0.3}, {"kind": "weight_decay", "rate": 0.001}],
                   "training": {"optimizer": {"kind": "adam"}, "learning_rate": 0.01, "schedule": "cosine", "steps": 200}}),
            "099ad40e5c758fc18fa42c6012aee13ee022bb36d6852b64be7659856b0c2f85",
        ),
        (
            "relu, many classes, smoothing, early stopping",
            json!({"dataset": {"kind": "random_labels", "inputs": 20, "samples": 130, "classes": 7, "input_distribution": "sign"},
                   "network": {"kind": "mlp", "hidden": [24], "activation": "relu"},
                   "regularizers": [{"kind": "label_smoothing", "rate": 0.1}, {"kind": "early_stopping", "patience": 50}],
                   "training": {"learning_rate": 0.01, "steps": 200, "batch_size": 50}}),
            "203c080392fbab5d286d899d3cbdc2e020839e12c68839a82db8278922e706b5",
        ),
        (
            "residual, gelu, stochastic depth, gaussian dropout, langevin",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [18, 18, 18], "activation": "gelu", "residual": true},
                   "regularizers": [{"kind": "stochastic_depth", "survival": 0.7}, {"kind": "gaussian_dropout", "rate": 0.2},
                                    {"kind": "l1", "rate": 0.001}, {"kind": "max_norm", "norm": 2.0}],
                   "training": {"optimizer": {"kind": "langevin", "temperature": 1e-4}, "learning_rate": 0.05, "steps": 200}}),
            "1b60885916e5439e12af9741560f955af5840f070d0dd2c6bc6757cf2b634a4e",
        ),
        (
            "binary weights and units, late gradients, input, weight and gradient noise",
            json!({"dataset": data, "network": {"kind": "mlp", "hidden": [20], "activation": "tanh"},
                   "regularizers": [{"kind": "binarize", "weights": true, "activations": true}, {"kind": "input_noise", "scale": 0.1},
                                    {"kind": "weight_noise", "scale": 0.01}, {"kind": "gradient_noise", "eta": 0.001}],
                   "training": {"optimizer": {"kind": "delayed_sgd", "delay": 3, "staleness": "uniform"}, "learning_rate": 0.05,
                                "steps": 200, "batch_size": 40, "initialization": {"kind": "scaled", "factor": 2.0}}}),
            "163128af2134591bc35b18b9c01f0294d70635734cf865e0de1a876479d8a3ce",
        ),
        (
            "a variational code held at a rate",
            json!({"dataset": {"kind": "random_strings", "length": 6, "alphabet": 3, "samples": 50, "collection": "set"},
                   "network": {"kind": "vae", "hidden": [12], "code": 3},
                   "regularizers": [{"kind": "latent_noise", "target_bits": 2.0}],
                   "training": {"optimizer": {"kind": "adamw"}, "steps": 200}}),
            "d61ebff521f1bee56449edd3cc91df1e5730b82eeb8b3a434f0e56c2ff3fafe2",
        ),
        (
            "an autoregressive network",
            json!({"dataset": {"kind": "random_strings", "length": 7, "samples": 60},
                   "network": {"kind": "made", "hidden": [24]}, "training": {"steps": 200, "batch_size": 16}}),
            "3aec07b525f32201d749606fe1b8741a855e86c330e17e3ced704381527abc2a",
        ),
        (
            "a transformer",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "transformer", "width": 12, "heads": 2, "layers": 2},
                   "regularizers": [{"kind": "dropout", "rate": 0.1}, {"kind": "stochastic_depth", "survival": 0.8}],
                   "training": {"steps": 150, "batch_size": 16}}),
            "8366e6aa285d763bc7b56d65cab6ecfda7a901ac60480c438600fabac755b81b",
        ),
        (
            "a recurrent network, tanh",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "tanh"}, "training": {"steps": 150, "batch_size": 16}}),
            "f6d6cff981bb953d8d86d6643768a2918d184628671253aef20ab6ccb260bfb7",
        ),
        (
            "a recurrent network, lstm",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "lstm"}, "training": {"steps": 150, "batch_size": 16}}),
            "5324a32cd12d245aa03900409c3bb17950e32a36056ec87199eb371b6171d4a0",
        ),
        (
            "a recurrent network, gru",
            json!({"dataset": {"kind": "random_strings", "length": 5, "alphabet": 4, "samples": 60},
                   "network": {"kind": "rnn", "units": 18, "cell": "gru"}, "training": {"steps": 150, "batch_size": 16}}),
            "716101b107f72d566a3e847da2e91b5bf874f54d8c73bd4745bcebbca6132fd0",
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
