//! What estimators ask of a trained network, where the answer is known.

use serde_json::{Value, json};

use super::run;

fn mean(spec: &Value, name: &str) -> Option<f64> {
    let (cells, _) = run(spec);
    cells[0].measurements.get(name).map(|measurement| measurement.interval.mean)
}

#[test]
fn descent_without_noise_goes_as_far_as_its_closed_form() {
    let spec = json!({
        "dataset": {"kind": "no_data"},
        "network": {"kind": "landscape", "surface": {"kind": "quadratic", "curvature": 1.0}, "walkers": 100, "start": 1.0},
        "training": {"optimizer": {"kind": "sgd"}, "learning_rate": 0.1, "schedule": "constant", "steps": 10},
        "estimators": [{"kind": "exploration"}], "seeds": 1,
    });
    // a hundred walkers from 1 to .9^10 each
    let expected = 10.0 * (1.0 - 0.9f64.powi(10));
    assert!((mean(&spec, "distance_travelled").unwrap() - expected).abs() < 1e-4);
}

#[test]
fn nobody_knows_when_walkers_of_several_threads_escaped() {
    let spec = |optimizer: Value| {
        json!({
            "dataset": {"kind": "no_data"},
            "network": {"kind": "landscape", "walkers": 50, "gradient_variance": 30.0},
            "training": {"optimizer": optimizer, "learning_rate": 0.02, "schedule": "constant", "steps": 4000},
            "estimators": [{"kind": "exploration"}], "seeds": 1,
        })
    };
    assert!(mean(&spec(json!({"kind": "sgd"})), "escape_time").is_some());
    assert_eq!(mean(&spec(json!({"kind": "hogwild", "threads": 2})), "escape_time"), None);
}

#[test]
fn gradients_of_batches_point_as_far_away_as_their_noise_says() {
    let spec = |batch: Value| {
        json!({
            "dataset": {"kind": "linear_regression", "inputs": 100, "samples": 4096, "noise": 1.0},
            "network": {"kind": "linear", "bias": false},
            "training": {"optimizer": {"kind": "sgd"}, "learning_rate": 1e-6, "steps": 1, "batch_size": batch,
                         "initialization": {"kind": "constant", "value": 0.0}},
            "estimators": [{"kind": "gradient_quality"}], "seeds": 8,
        })
    };
    // noise scale 1 + 2 d; a batch of b out of n has the variance tr S (1/b - 1/n)
    let (scale, b, n) = (201.0f64, 200.0f64, 4096.0f64);
    let cosine = 1.0 / (1.0 + scale * (1.0 / b - 1.0 / n) / (1.0 + scale / n)).sqrt();
    let (cells, _) = run(&spec(json!(200)));
    let found = |name: &str| cells[0].measurements[name].interval.mean;
    assert!((found("gradient_cosine_at_start") - cosine).abs() < 0.02, "{cosine}");
    assert!((found("gradient_snr_at_start") - b / scale).abs() < 0.1, "{}", found("gradient_snr_at_start"));
    assert_eq!(
        mean(&spec(json!("full")), "gradient_cosine_at_start"),
        None,
        "it would be 1 whatever happens"
    );
}

#[test]
fn a_mean_is_no_answer_and_mixtures_and_symbols_give_them_all() {
    let spec = |m: u32, head: &Value| {
        json!({
            "dataset": {"kind": "symmetric_targets", "answers": m, "samples": 2000},
            "network": {"kind": "mlp", "hidden": [64, 64], "head": head},
            "training": {"learning_rate": 0.005, "steps": 1500, "batch_size": 250},
            "estimators": [{"kind": "output_distribution"}], "seeds": 1,
        })
    };
    let (cells, _) = run(&spec(4, &json!({"kind": "regression"})));
    let found = |name: &str| cells[0].measurements[name].interval.mean;
    assert!(found("valid_answers") < 0.01 && found("valid_best_answers") < 0.01);
    assert!(
        !cells[0].measurements.contains_key("answer_entropy_bits"),
        "no right answer, no entropy of them"
    );
    for m in [2, 4] {
        let (cells, _) = run(&spec(m, &json!({"kind": "mixture_density", "components": 8})));
        let found = |name: &str| cells[0].measurements[name].interval.mean;
        assert!(found("valid_answers") > 0.95 && found("answer_coverage") > 0.99, "{m}");
        assert!((found("answer_entropy_bits") - libm::log2(f64::from(m))).abs() < 0.05, "{m}");
    }
    let (cells, _) = run(&json!({
        "dataset": {"kind": "symmetric_targets", "answers": 8, "samples": 4000, "form": {"kind": "symbols", "questions": 4}},
        "network": {"kind": "linear"},
        "training": {"steps": 1500, "learning_rate": 0.1},
        "estimators": [{"kind": "output_distribution"}], "seeds": 1,
    }));
    let found = |name: &str| cells[0].measurements[name].interval.mean;
    assert!(found("valid_answers") > 0.99 && found("answer_coverage") > 0.99);
    for entropy in ["answer_entropy_bits", "output_entropy_bits", "true_entropy_bits"] {
        assert!((found(entropy) - 3.0).abs() < 0.05, "{entropy} {}", found(entropy));
    }
}

/// A fit of a linear regression without flips, descent on full batches from zero weights.
fn fitted(inputs: usize, samples: usize, noise: f64, rate: f64, seeds: u32) -> Value {
    json!({
        "dataset": {"kind": "linear_regression", "inputs": inputs, "samples": samples, "noise": noise},
        "network": {"kind": "linear", "bias": false},
        "training": {"optimizer": {"kind": "sgd"}, "schedule": "constant", "learning_rate": rate, "steps": 500,
                     "initialization": {"kind": "constant", "value": 0.0}},
        "estimators": [{"kind": "gradient_quality"}], "seeds": seeds,
    })
}

#[test]
fn at_a_minimum_gradients_of_fresh_samples_tell_of_the_distribution() {
    // least squares: |w - w*|^2 is s^2 d / (n - d - 1) in the mean, tr S (d + 1) times that and s^2 d
    let (d, n) = (10.0, 200.0);
    let (cells, _) = run(&fitted(10, 200, 1.0, 0.5, 64));
    let found = |name: &str| cells[0].measurements[name].interval.mean;
    let square = d / (n - d - 1.0);
    assert!((found("gradient_square") - square).abs() < 0.02, "{} {square}", found("gradient_square"));
    let variance = (d + 1.0) * square + d;
    assert!((found("gradient_variance") - variance).abs() < 0.6, "{} {variance}", found("gradient_variance"));
}

#[test]
fn far_below_capacity_the_distribution_still_has_a_gradient() {
    // more inputs than samples and no noise: what is left of a unit signal is 1 - n/d
    let (cells, _) = run(&fitted(100, 50, 1e-9, 0.3, 32));
    let found = |name: &str| cells[0].measurements[name].interval.mean;
    assert!((found("gradient_square") - 0.5).abs() < 0.2, "{}", found("gradient_square"));
    assert!((found("gradient_variance") / (101.0 * 0.5) - 1.0).abs() < 0.2, "{}", found("gradient_variance"));
}

#[test]
fn what_is_read_at_a_step_does_not_depend_on_the_steps_that_follow() {
    let spec = |steps: u32, regularizers: &Value| {
        json!({
            "dataset": {"kind": "gaussian_vectors", "variances": [4.0, 1.0, 0.25], "samples": 64},
            "network": {"kind": "vae", "hidden": [8], "code": 3},
            "regularizers": regularizers,
            "training": {"steps": steps, "schedule": "constant", "learning_rate": 0.01},
            "estimators": [{"kind": "gradient_quality"}], "seeds": 1,
        })
    };
    let target = json!([{"kind": "latent_noise", "target_bits": 6.0}]);
    let short = mean(&spec(10, &target), "gradient_square_at_start").unwrap();
    let long = mean(&spec(400, &target), "gradient_square_at_start").unwrap();
    assert_eq!(short.to_bits(), long.to_bits());
    // a hundred steps are a tenth of one training and half of the other
    let early = mean(&spec(1000, &target), "gradient_square_at_10_percent").unwrap();
    let half = mean(&spec(200, &target), "gradient_square_at_50_percent").unwrap();
    assert_eq!(early.to_bits(), half.to_bits());
}
