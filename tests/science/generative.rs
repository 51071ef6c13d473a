//! Generative networks on strings whose bits are known.

use bitgauge::science::evaluation::Prediction;
use bitgauge::science::trial;
use serde_json::{Value, json};

use super::{Free, parse, run, train};

#[test]
fn an_autoregressive_network_stores_a_set_whole() {
    let (cells, _) = run(&json!({
        "dataset": {"kind": "random_strings", "length": 10, "samples": 16, "collection": "set"},
        "network": {"kind": "made", "hidden": [64]},
        "training": {"steps": 3000, "learning_rate": 0.01},
        "seeds": 4,
    }));
    let mean = |name: &str| cells[0].measurements[name].interval.mean;
    // the ledger: log2 C(1024, 16); a network that holds exactly these strings gives each 1/16,
    // and coded without replacement they cost their order alone
    let ordered: f64 = (0..16).map(|i| libm::log2(1024.0 - f64::from(i))).sum();
    let order: f64 = (1..=16).map(|i| libm::log2(f64::from(i))).sum();
    assert!((cells[0].dataset_bits - (ordered - order)).abs() < 1e-6);
    let most = ordered - order;
    let bits = mean("memorized_bits");
    // by luck of the order a little more: probabilities of all orders add up to 1
    assert!(bits <= most + 0.1 && bits > 0.98 * most, "{bits} of {most}");
    assert!(cells[0].measurements["held_out_bits"].interval.ci95_high.unwrap() <= 0.0);
}

/// Mean rate of a variational code after training, in bits per sample.
fn rate(latent: &Value) -> f64 {
    let trial = parse(&json!({
        "dataset": {"kind": "random_strings", "length": 8, "samples": 128},
        "network": {"kind": "vae", "hidden": [32], "code": 4},
        "regularizers": [latent],
        "training": {"steps": 6000, "learning_rate": 0.005},
    }))
    .trial(0);
    let (mut trained, dataset) = train(&trial);
    let Prediction::CodeLengths(lengths) = trained.network.predict(&trained.parameters, &dataset) else {
        panic!("a variational code has a rate")
    };
    let nats: f64 = lengths.rate.iter().sum::<f64>();
    nats / 128.0 / std::f64::consts::LN_2
}

#[test]
fn a_code_has_the_rate_that_was_asked_for() {
    for target in [1.0, 2.0, 4.0] {
        let measured = rate(&json!({"kind": "latent_noise", "target_bits": target}));
        assert!((measured - target).abs() < 0.02, "{measured} of {target}");
    }
    // the dearer the rate, the less of it
    let rates: Vec<f64> =
        [4.0, 1.0, 0.25].map(|weight| rate(&json!({"kind": "latent_noise", "rate_weight": weight}))).into();
    assert!(rates[0] < rates[1] && rates[1] < rates[2], "{rates:?}");
}

#[test]
fn a_rate_that_is_held_is_judged_by_what_passes() {
    let of = |target: f64| {
        run(&json!({
            "dataset": {"kind": "random_strings", "length": 16, "samples": 64},
            "network": {"kind": "vae", "hidden": [48], "code": 8},
            "regularizers": [{"kind": "latent_noise", "target_bits": target}],
            "training": {"steps": 4000, "learning_rate": 0.005},
            "estimators": [{"kind": "rate_distortion"}, {"kind": "layer_information"}],
            "seeds": 2,
        }))
    };
    let (cells, analysis) = of(2.0);
    let found = |name: &str| cells[0].measurements[name].interval.mean;
    assert!((found("rate_bits") - 2.0).abs() < 0.04 && found("layer_bits_low") < 2.04);
    assert!(found("layer_bits_high") > 1.8, "{}", found("layer_bits_high"));
    assert!(analysis.notes.iter().all(|note| !note.contains("target_bits")), "{:?}", analysis.notes);
    // 64 samples are told apart by 6 bits, whatever rate is held
    let (cells, analysis) = of(15.0);
    let found = |name: &str| cells[0].measurements[name].interval.mean;
    assert!((found("rate_bits") - 15.0).abs() < 0.3, "{}", found("rate_bits"));
    assert!(found("layer_bits_low") <= 6.0 && found("layer_bits_high") <= 6.0);
    assert!(analysis.notes.iter().any(|note| note.contains("target_bits of 15")), "{:?}", analysis.notes);
}

#[test]
fn a_linear_code_spends_on_unseen_vectors_what_their_errors_cost() {
    // reverse water-filling at level .5 of variances 4, 1 and .25: 2 bits a vector leave .5 + .5 + .25
    let (cells, _) = run(&json!({
        "dataset": {"kind": "gaussian_vectors", "variances": [4.0, 1.0, 0.25], "samples": 20000},
        "network": {"kind": "vae", "hidden": [], "code": 3},
        "regularizers": [{"kind": "latent_noise", "rate_weight": 0.5}],
        "training": {"steps": 4000, "learning_rate": 0.01, "batch_size": 1000, "schedule": "cosine"},
        "estimators": [{"kind": "rate_distortion"}], "seeds": 1,
    }));
    let found = |name: &str| cells[0].measurements[name].interval.mean;
    for rate in ["rate_bits", "held_out_rate_bits", "least_bits"] {
        assert!((found(rate) - 2.0).abs() < 0.03, "{rate} {}", found(rate));
    }
    // of 20,000 vectors: three standard errors of the mean of their squared distances are .03
    assert!((found("noisy_held_out_squared_error") - 1.25).abs() < 0.03);
    // an autoencoder of one number keeps the direction of variance 4 and loses 1.25, which a channel of 2 bits can do
    let (cells, _) = run(&json!({
        "dataset": {"kind": "gaussian_vectors", "variances": [4.0, 1.0, 0.25], "samples": 20000},
        "network": {"kind": "autoencoder", "hidden": [], "code": 1},
        "training": {"steps": 3000, "learning_rate": 0.01, "batch_size": 1000, "schedule": "cosine"},
        "estimators": [{"kind": "rate_distortion"}], "seeds": 1,
    }));
    let found = |name: &str| cells[0].measurements[name].interval.mean;
    for error in ["squared_error", "held_out_squared_error", "noisy_held_out_squared_error"] {
        assert!((found(error) - 1.25).abs() < 0.05, "{error} {}", found(error));
    }
    assert!(found("squared_error_gap").abs() < 0.05);
    assert!((found("least_bits") - 2.0).abs() < 0.06, "the law's bits at that error");
}

#[test]
fn no_bits_are_read_from_a_network_that_saw_what_it_predicts() {
    let (cells, analysis) = run(&json!({
        "dataset": {"kind": "random_strings", "length": 6, "samples": 20},
        "network": {"kind": "autoencoder", "hidden": [8], "code": 3},
        "training": {"steps": 100},
        "seeds": 2,
    }));
    assert_eq!(cells[0].trials.succeeded, 2);
    assert!(cells[0].measurements.is_empty());
    assert!(analysis.notes.iter().any(|note| note.contains("no bits are read")), "{:?}", analysis.notes);
}

/// The quantities of samples in each trial.
fn samples_of(network: &Value, dataset: &Value) -> Vec<String> {
    let (cells, _) = run(&json!({
        "dataset": dataset, "network": network,
        "training": {"steps": 20},
        "estimators": [{"kind": "generated_samples", "draws": 50}],
        "seeds": 1,
    }));
    cells[0].measurements.keys().cloned().collect()
}

#[test]
fn only_networks_that_model_whole_samples_have_samples_of_their_own() {
    let codebook = json!({"kind": "codebook", "information": 2, "length": 4, "samples": 20});
    let made = samples_of(&json!({"kind": "made", "hidden": [8]}), &codebook);
    assert_eq!(made.len(), 7, "{made:?}");
    // of a bound follows no divergence
    let vae = samples_of(&json!({"kind": "vae", "hidden": [8], "code": 2}), &codebook);
    assert!(vae.contains(&"valid_samples".to_owned()), "{vae:?}");
    assert!(!vae.contains(&"sample_divergence_bits".to_owned()), "{vae:?}");
    // numbers never come twice
    let vectors = json!({"kind": "gaussian_vectors", "variances": [1.0, 1.0], "samples": 20});
    let numbers = samples_of(&json!({"kind": "vae", "hidden": [8], "code": 2}), &vectors);
    assert_eq!(numbers, ["sample_cost_bits", "valid_samples"]);
    // others are refused: tests/science/settings.rs
}

#[test]
fn samples_are_the_same_at_every_run() {
    for network in [
        json!({"kind": "made", "hidden": [8]}),
        json!({"kind": "rnn", "units": 6}),
        json!({"kind": "transformer", "width": 8}),
        json!({"kind": "vae", "hidden": [8], "code": 2}),
    ] {
        let trial = parse(&json!({
            "dataset": {"kind": "markov_strings", "length": 5, "alphabet": 3, "certainty": 0.8, "samples": 30},
            "network": network, "training": {"steps": 30},
            "estimators": [{"kind": "generated_samples", "draws": 200}, {"kind": "memorized_bits"}],
        }))
        .trial(0);
        let report = || serde_json::to_string(&trial::run(&trial, &mut Free).unwrap()).unwrap();
        assert_eq!(report(), report());
    }
}
