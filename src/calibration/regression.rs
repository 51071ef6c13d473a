//! Regression: what linear estimates cost beyond the noise, in closed form.

use ndarray::Array2;
use serde_json::{Value, json};

use super::{Case, Check, Reading, check};
use crate::science::eigen;
use crate::science::entropy::digamma;
use crate::science::seed::{Purpose, Streams, standard_normal};

pub(super) fn regression() -> Vec<Case> {
    let mut cases = vec![minimum_norm(), recalibrated()];
    let ridge = |rate: f64| move |mu: f64| mu / (mu + rate);
    let decay = json!([{"kind": "weight_decay", "rate": 0.5}]);
    cases.push(optimism("optimism of ridge regression", &decay, 0.3, 400, ridge(0.5)));
    cases.push(optimism("optimism of few steps", &json!([]), 0.05, 20, |mu| {
        1.0 - libm::pow(1.0 - 0.05 * mu, 20.0)
    }));
    let noise = json!([{"kind": "input_noise", "scale": libm::sqrt(0.5)}]);
    cases.push(optimism("optimism under input noise", &noise, 0.05, 600, ridge(0.5)));
    cases.push(dropout());
    // the gradient at w + noise has the mean of the gradient at w: nothing is restricted
    let noise = json!([{"kind": "weight_noise", "scale": 0.3}]);
    cases.push(optimism("optimism under weight noise", &noise, 0.1, 600, ridge(0.0)));
    cases
}

const SAMPLES: f64 = 100.0;

fn descent(rate: f64, steps: u64) -> Value {
    json!({"optimizer": {"kind": "sgd"}, "learning_rate": rate, "steps": steps, "schedule": "constant",
           "initialization": {"kind": "constant", "value": 0.0}})
}

/// Noise of four times the variance that the code assumes: the temperature makes up for it.
/// The variance of fresh residuals is `s^2 / B`, B of Beta((n - d + 1) / 2, d / 2), and its
/// estimate on m fresh samples a chi square over m.
fn recalibrated() -> Case {
    let spec = json!({
        "dataset": {"kind": "linear_regression", "inputs": 20, "samples": 400, "noise": 4.0},
        "network": {"kind": "linear", "bias": false},
        "training": descent(0.3, 400),
        "estimators": [{"kind": "recalibration"}],
        "seeds": 200,
    });
    let (n, d, m, variance) = (400.0, 20.0, 200.0, 4.0);
    let fitted = m / (m - 2.0);
    let logarithm =
        libm::log(std::f64::consts::TAU * variance / (m / 2.0)) + digamma(m / 2.0) + digamma(0.5 * (n + 1.0))
            - digamma(0.5 * (n - d + 1.0));
    let test = 0.5 * (logarithm + fitted) * std::f64::consts::LOG2_E;
    let kept = (1.0 - d / n) * (n - d + 1.0) / (n + 1.0);
    let gap = 0.5 * fitted * (1.0 - kept) * std::f64::consts::LOG2_E;
    let source = "residuals of m fresh samples for the variance: docs/math/recalibration.md";
    let of = |quantity, expected| Check {
        standard_errors: 3.0,
        ..check(quantity, "bits/sample", expected, 0.001, source)
    };
    let checks = vec![
        of("recalibrated_test_cross_entropy_bits", test),
        of("recalibrated_gap_bits", gap),
        Check {
            absolute: 0.001,
            unit: "1",
            ..of("recalibration_inverse_temperature", (n - d + 1.0) / (n + 1.0) * fitted / variance)
        },
    ];
    Case { name: "least squares at the wrong variance", quick: true, spec, checks }
}

/// Descent from 0 ends at the solution of least norm, on both sides of d = n.
fn minimum_norm() -> Case {
    const NOISE: f64 = 0.25;
    let spec = json!({
        "dataset": {"kind": "linear_regression", "samples": 100, "noise": NOISE},
        "network": {"kind": "linear", "bias": false},
        "training": descent(0.25, 16000),
        "sweep": [{"path": "/dataset/inputs", "values": [50, 90, 110, 200]}],
        "estimators": [{"kind": "generalization_gap"}],
        "seeds": 150,
    });
    let excess = |d: f64| {
        if d < SAMPLES {
            NOISE * d / (SAMPLES - d - 1.0)
        } else {
            1.0 - SAMPLES / d + NOISE * SAMPLES / (d - SAMPLES - 1.0)
        }
    };
    let dimensions = [(50.0, 0.05), (90.0, 0.1), (110.0, 0.1), (200.0, 0.05)];
    let checks = dimensions.into_iter().enumerate().map(|(cell, (d, tolerance))| Check {
        quantity: format!("excess risk in {d} dimensions"),
        measure: Box::new(move |evaluation| {
            let test = evaluation.results.get(cell)?.measurements.get("test_cross_entropy_bits")?.interval;
            let nats = std::f64::consts::LN_2;
            // half a square and the constant of a normal law of variance 1
            let constant = 0.5 * libm::log(std::f64::consts::TAU);
            #[expect(clippy::cast_precision_loss, reason = "few seeds")]
            let error = test.sd.unwrap_or_default() / libm::sqrt(test.n as f64);
            let value = 2.0 * (test.mean * nats - constant) - NOISE;
            Some(Reading { value, standard_error: 2.0 * nats * error })
        }),
        ..check(
            "excess",
            "squares",
            excess(d),
            tolerance * excess(d),
            "Hastie et al. 2022: s^2 d / (n - d - 1)",
        )
    });
    Case { name: "least-norm regression", quick: false, spec, checks: checks.collect() }
}

/// `s^2 df / n`, df the mean over designs of the sum of the shares that every
/// direction of `X'X / n` keeps.
fn optimism(
    name: &'static str,
    regularizers: &Value,
    rate: f64,
    steps: u64,
    kept: impl Fn(f64) -> f64,
) -> Case {
    restricted(name, regularizers, descent(rate, steps), degrees_of_freedom(|moments| moments, kept))
}

/// Dropout of inputs adds `rate / (1 - rate) sum_j w_j^2 (X'X / n)_jj` to the mean
/// square, a ridge in coordinates where every input has the mean square 1.
fn dropout() -> Case {
    let regularizers = json!([{"kind": "input_dropout", "rate": 1.0 / 3.0}]);
    let correlations = |moments: Array2<f64>| {
        let scale = moments.diag().mapv(|square| 1.0 / libm::sqrt(square));
        Array2::from_shape_fn(moments.dim(), |(i, j)| scale[i] * moments[[i, j]] * scale[j])
    };
    let freedom = degrees_of_freedom(correlations, |mu| mu / (mu + 0.5));
    restricted("optimism under dropout of inputs", &regularizers, descent(0.05, 600), freedom)
}

fn restricted(name: &'static str, regularizers: &Value, training: Value, freedom: f64) -> Case {
    let spec = json!({
        "dataset": {"kind": "linear_regression", "inputs": 20, "samples": 100, "noise": 1.0},
        "network": {"kind": "linear", "bias": false},
        "regularizers": regularizers,
        "training": training,
        "estimators": [{"kind": "optimism"}],
        "seeds": 1200,
    });
    let expected = freedom / SAMPLES * std::f64::consts::LOG2_E;
    let source = "s^2 df / n nats (Hastie et al. 2009, section 7.4), df of random designs";
    let checks = vec![check("optimism_bits", "bits/sample", expected, 0.03 * expected, source)];
    Case { name, quick: false, spec, checks }
}

/// The mean over designs of the sum over directions of what `kept` makes of the
/// eigenvalues of what `of` makes of `X'X / n`.
fn degrees_of_freedom(of: impl Fn(Array2<f64>) -> Array2<f64>, kept: impl Fn(f64) -> f64) -> f64 {
    const DESIGNS: u64 = 40;
    let freedom = |design: u64| -> f64 {
        let mut stream = Streams { seed: 1, replicate: design }.stream(Purpose::TrainingData);
        let x = Array2::from_shape_simple_fn((100, 20), || standard_normal(&mut stream));
        eigen::symmetric(&of(x.t().dot(&x) / SAMPLES)).values.iter().map(|mu| kept(*mu)).sum()
    };
    #[expect(clippy::cast_precision_loss, reason = "few designs")]
    let count = DESIGNS as f64;
    (0..DESIGNS).map(freedom).sum::<f64>() / count
}
