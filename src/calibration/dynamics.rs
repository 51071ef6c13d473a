//! Dynamics: what the noise of gradients does, where that is known.

use serde_json::{Value, json};

use super::{Case, Check, check};
use crate::spec::claim::Relation;

pub(super) fn dynamics() -> Vec<Case> {
    vec![
        noise_scale(),
        stationary(0.1),
        stationary(0.5),
        delayed("late gradients below their limit", 0.98, Relation::AtMost, 0.01),
        delayed("late gradients above their limit", 1.02, Relation::AtLeast, 100.0),
        escape(0.1, false),
        escape(0.125, true),
        prequential(),
    ]
}

fn noise_scale() -> Case {
    let spec = json!({
        "dataset": {"kind": "linear_regression", "inputs": 10, "samples": 4096, "noise": 1.0},
        "network": {"kind": "linear", "bias": false},
        "training": {"optimizer": {"kind": "sgd"}, "learning_rate": 1e-6, "steps": 1,
                     "initialization": {"kind": "constant", "value": 0.0}},
        "estimators": [{"kind": "gradient_quality"}],
        "seeds": 300,
    });
    let source = "1 + d (1 + s^2 / |delta|^2) at d = 10";
    let checks = vec![check("gradient_noise_scale_at_start", "samples", 21.0, 1.05, source)];
    Case { name: "gradient noise of linear regression", quick: true, spec, checks }
}

fn walkers(surface: Value, start: f64, variance: f64, count: u64, training: Value) -> Value {
    json!({
        "dataset": {"kind": "no_data"},
        "network": {"kind": "landscape", "surface": surface, "walkers": count, "start": start,
                    "gradient_variance": variance},
        "training": training,
        "estimators": [{"kind": "exploration"}],
        "seeds": 4,
    })
}

fn quadratic() -> Value {
    json!({"kind": "quadratic", "curvature": 1.0})
}

fn stationary(eta: f64) -> Case {
    let training =
        json!({"optimizer": {"kind": "sgd"}, "schedule": "constant", "learning_rate": eta, "steps": 300});
    let spec = walkers(quadratic(), 0.0, 1.0, 20_000, training);
    let expected = eta / (2.0 - eta);
    let source = "eta C / (h (2 - eta h))";
    let checks = vec![check("stationary_variance", "squares", expected, 0.03 * expected, source)];
    Case { name: "descent with noisy gradients on a quadratic", quick: true, spec, checks }
}

fn delayed(name: &'static str, share: f64, relation: Relation, limit: f64) -> Case {
    let delay = 4;
    let rate = 2.0 * libm::sin(std::f64::consts::PI / (2.0 * (2.0 * f64::from(delay) + 1.0)));
    let training = json!({"optimizer": {"kind": "delayed_sgd", "delay": delay}, "schedule": "constant",
                          "learning_rate": share * rate, "steps": 6000});
    let spec = walkers(quadratic(), 1.0, 0.0, 1, training);
    let source = "stable if and only if eta h < 2 sin(pi / (2 (2 tau + 1)))";
    let checks = vec![Check { relation, ..check("stationary_variance", "squares", limit, 0.0, source) }];
    Case { name, quick: true, spec, checks }
}

fn escape(temperature: f64, quick: bool) -> Case {
    let training = json!({"optimizer": {"kind": "langevin", "temperature": temperature}, "schedule": "constant",
                          "learning_rate": 0.01, "steps": 40000});
    let spec = walkers(json!({"kind": "double_well", "barrier": 0.25}), -1.0, 0.0, 1000, training);
    let expected = first_passage(temperature);
    let source = "mean first passage from -1 to 1 (Kramers 1940), by quadrature";
    let checks = vec![check("escape_time", "time", expected, 0.08 * expected, source)];
    Case { name: "escape over a barrier of 1/4", quick, spec, checks }
}

/// `1/T int_-1^1 dy e^(V(y)/T) int_-inf^y dz e^(-V(z)/T)`, V = x^4/4 - x^2/2, by
/// trapezoids: the mean time from -1 to 1.
fn first_passage(temperature: f64) -> f64 {
    const STEP: f64 = 1e-3;
    let well = |x: f64| (0.25 * x * x * x * x - 0.5 * x * x) / temperature;
    let (mut inner, mut outer) = (0.0, 0.0);
    // below -4 there is nothing
    for i in -4000..1000 {
        let x = f64::from(i) * STEP;
        let next = x + STEP;
        let before = inner;
        inner += 0.5 * STEP * (libm::exp(-well(x)) + libm::exp(-well(next)));
        if i >= -1000 {
            outer += 0.5 * STEP * (libm::exp(well(x)) * before + libm::exp(well(next)) * inner);
        }
    }
    outer / temperature
}

fn prequential() -> Case {
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 1, "samples": 1000},
        "network": {"kind": "linear"},
        "training": {"optimizer": {"kind": "sgd"}, "learning_rate": 1e-9, "steps": 1},
        "estimators": [{"kind": "prequential"}],
        "seeds": 600,
    });
    let source = "mean over 1000 fair bits (Krichevsky & Trofimov 1981)";
    let mut checks = vec![check("kt_bits", "bits", 1004.587, 0.1, source)];
    // the weights of a network that is not trained are as good as a guess: never a gain
    checks.push(Check {
        relation: Relation::AtMost,
        ..check("prequential_gain_bits", "bits", 0.0, 0.0, "labels that were never seen")
    });
    Case { name: "a code that learns as it goes", quick: true, spec, checks }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_first_passage_is_the_published_one() {
        assert!((first_passage(0.1) - 66.27).abs() < 0.01, "{}", first_passage(0.1));
        assert!((first_passage(0.125) - 41.03).abs() < 0.01, "{}", first_passage(0.125));
    }
}
