//! Thresholds on points in general position: how many labelings they give.

use serde_json::{Value, json};

use super::separable::is_separable;
use super::{Case, Check, Reading, check};
use crate::evaluation::Evaluation;
use crate::evaluation::results::CellResult;
use crate::science::seed::{Purpose, Streams};
use crate::science::trial::TrialSpec;
use crate::spec::ValidJobSpec;
use crate::spec::claim::Relation;

/// Cover's fractions, and two bits per weight of everything linear.
pub(super) fn thresholds() -> Vec<Case> {
    vec![
        cover("Cover's separable points", 10, [15, 18, 20, 22, 25], true),
        cover("Cover's separable points in 20 dimensions", 20, [32, 36, 40, 44, 50], false),
        neuron(),
        features("a readout of random ReLU features", json!({"kind": "random_relu", "features": 50})),
        features(
            "a readout of random Fourier features",
            json!({"kind": "random_fourier", "features": 50, "bandwidth": 3.0}),
        ),
        margin(0.5, 0.961, [164, 184, 204]),
        margin(1.0, 0.520, [88, 100, 112]),
        features("a readout of parities", json!({"kind": "parity", "features": 50, "order": 3})),
    ]
}

/// Samples that can be stored at a margin, in two hundred dimensions.
fn margin(kappa: f64, capacity: f64, samples: [u64; 3]) -> Case {
    const DIMENSIONS: f64 = 200.0;
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": 200},
        "network": {"kind": "linear", "bias": false},
        // so little decay leaves the plane of the largest margin
        "regularizers": [{"kind": "weight_decay", "rate": 1e-6}],
        "training": {"learning_rate": 0.3, "steps": 20000},
        "sweep": [{"path": "/dataset/samples", "values": samples}],
        "estimators": [{"kind": "margin"}],
        "seeds": 16,
    });
    let check = Check {
        quantity: format!("samples per weight at margin {kappa}"),
        measure: Box::new(move |evaluation| samples_at_margin(&evaluation.results, kappa, DIMENSIONS)),
        ..check("margin", "samples/weight", capacity, 0.1 * capacity, "Gardner 1988, equation 28")
    };
    Case { name: "one neuron at a margin", quick: false, spec, checks: vec![check] }
}

/// Samples per weight at which the mean margin is kappa, between sizes on a line.
#[expect(clippy::cast_precision_loss, reason = "few seeds")]
fn samples_at_margin(cells: &[CellResult], kappa: f64, dimensions: f64) -> Option<Reading> {
    let point = |cell: &CellResult| Some((cell.dataset_bits, cell.measurements.get("margin")?.interval));
    let points: Option<Vec<_>> = cells.iter().map(point).collect();
    for pair in points?.windows(2) {
        let ((from, a), (to, b)) = (pair[0], pair[1]);
        if a.mean >= kappa && b.mean < kappa {
            let slope = (to - from) / (a.mean - b.mean);
            let samples = from + slope * (a.mean - kappa);
            let error = slope * a.sd? / libm::sqrt(a.n as f64);
            return Some(Reading { value: samples / dimensions, standard_error: error / dimensions });
        }
    }
    None
}

/// Cover's fractions in so many dimensions.
fn cover(name: &'static str, dimensions: u64, sizes: [u64; 5], quick: bool) -> Case {
    let mut checks: Vec<Check> = sizes.iter().map(|samples| separated(dimensions, *samples)).collect();
    checks.push(missed());
    let spec = json!({
        "dataset": {"kind": "random_labels", "inputs": dimensions},
        "network": {"kind": "linear", "bias": false},
        "training": separating(),
        "sweep": [{"path": "/dataset/samples", "values": sizes}],
        "seeds": 200,
    });
    Case { name, quick, spec, checks }
}

/// A training that goes on until the planes of tiny margins are found too: steps so long that
/// only samples on the wrong side count.
fn separating() -> Value {
    json!({"optimizer": {"kind": "sgd", "momentum": 0.99}, "learning_rate": 1000, "steps": 6000})
}

/// Share of draws that training separates, with no allowance but for chance.
fn separated(dimensions: u64, samples: u64) -> Check {
    let expected = cover_fraction(samples, dimensions);
    Check {
        quantity: format!(
            "share of draws of {samples} points in {dimensions} dimensions that training separates"
        ),
        unit: "fraction",
        relation: Relation::Equal,
        expected,
        absolute: 0.0,
        standard_errors: 3.0,
        source: "Cover 1965, theorem 1",
        measure: Box::new(move |evaluation| {
            let value = lossless(evaluation, samples)?;
            let n = draws(evaluation)?;
            Some(Reading { value, standard_error: libm::sqrt(expected * (1.0 - expected) / n) })
        }),
    }
}

/// Draws that have a separating plane which training did not find. Every draw is made again and
/// decided without any training; one that cannot be decided leaves the row without a value.
fn missed() -> Check {
    Check {
        quantity: "draws that are separable and that training did not separate".into(),
        relation: Relation::AtMost,
        measure: Box::new(|evaluation| {
            let mut missed = 0.0;
            for (samples, separable) in separable_draws(&evaluation.spec)? {
                missed += separable - libm::round(lossless(evaluation, samples)? * draws(evaluation)?);
            }
            Some(Reading { value: missed, standard_error: 0.0 })
        }),
        ..check("", "draws", 0.0, 0.0, "Gordan 1873; Wolfe 1976")
    }
}

/// `2^(1-N) sum_{k<d} C(N-1, k)`: chance that N labelled points in general position are separable.
#[expect(clippy::cast_precision_loss, reason = "numbers of points are small")]
fn cover_fraction(samples: u64, dimensions: u64) -> f64 {
    let (mut term, mut sum) = (1.0, 0.0);
    for k in 0..dimensions {
        sum += term;
        term *= (samples - 1).saturating_sub(k) as f64 / (k + 1) as f64;
    }
    sum * libm::exp2(1.0 - samples as f64)
}

/// Share of the replicates of this size that were learnt without error.
fn lossless(evaluation: &Evaluation, samples: u64) -> Option<f64> {
    let curve = &evaluation.analyses.capacity.first()?.estimate.curve;
    Some(curve.iter().find(|point| point.samples == samples)?.lossless?.share)
}

/// Replicates of a cell.
#[expect(clippy::cast_precision_loss, reason = "few seeds")]
fn draws(evaluation: &Evaluation) -> Option<f64> {
    Some(evaluation.results.first()?.trials.succeeded as f64)
}

/// Of each size the training draws that are separable; `None` where one could not be decided.
fn separable_draws(spec: &ValidJobSpec) -> Option<Vec<(u64, f64)>> {
    let mut counts = Vec::new();
    for (number, cell) in spec.cells().enumerate() {
        let mut count = 0.0;
        for replicate in 0..u64::from(spec.common().seeds) {
            let trial = spec.cell(number).trial(spec.common().seed, replicate);
            count += f64::from(u8::from(is_separable(&signed_points(&trial))?));
        }
        counts.push((cell.samples() as u64, count));
    }
    Some(counts)
}

/// `y_i x_i` [n d] of a trial's training draw, y = -1 or +1.
fn signed_points(trial: &TrialSpec) -> Vec<Vec<f64>> {
    let streams = Streams { seed: trial.seed, replicate: trial.replicate };
    let distribution = trial.dataset.process().distribution(&mut streams.stream(Purpose::Rule));
    let draw = distribution.draw(&mut streams.stream(Purpose::TrainingData));
    let labels = draw.targets.symbols().iter().map(|label| if *label == 1 { 1.0 } else { -1.0 });
    let rows = draw.inputs.rows().into_iter().zip(labels);
    rows.map(|(x, y)| x.iter().map(|x| y * f64::from(*x)).collect()).collect()
}

const WEIGHTS: f64 = 50.0;

/// Fifty weights, at sizes around a hundred samples.
fn two_bits(name: &'static str, dataset: Value, network: Value, training: Value) -> Case {
    let spec = json!({
        "dataset": dataset, "network": network, "training": training,
        "sweep": [{"path": "/dataset/samples", "values": [90, 100, 110]}],
        "seeds": 150,
    });
    let check = Check {
        quantity: "lossless bits per weight, where half of the replicates are learnt".into(),
        unit: "bits/weight",
        relation: Relation::Equal,
        expected: 2.0,
        absolute: 0.05,
        standard_errors: 0.0,
        source: "Cover 1965; Gardner 1988",
        measure: Box::new(|evaluation| {
            let estimate = &evaluation.analyses.capacity.first()?.estimate;
            let error = estimate.lossless_samples_median_standard_error?;
            let value = estimate.lossless_samples_median? / WEIGHTS;
            Some(Reading { value, standard_error: error / WEIGHTS })
        }),
    };
    Case { name, quick: false, spec, checks: vec![check] }
}

fn neuron() -> Case {
    let dataset = json!({"kind": "random_labels", "inputs": 50});
    let mut case = two_bits("one neuron", dataset, json!({"kind": "linear", "bias": false}), separating());
    case.checks.push(missed());
    case
}

fn features(name: &'static str, map: Value) -> Case {
    // signs, since a parity reads nothing else; features are worse conditioned than inputs
    let dataset = json!({"kind": "random_labels", "inputs": 30, "input_distribution": "sign"});
    let training = json!({"learning_rate": 0.2, "steps": 40000});
    two_bits(name, dataset, json!({"kind": "features", "map": map, "bias": false}), training)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_fractions_are_the_published_ones() {
        let known = [(15, 0.9102), (18, 0.6855), (20, 0.5), (22, 0.3318), (25, 0.1537)];
        for (samples, share) in known {
            assert!((cover_fraction(samples, 10) - share).abs() < 5e-5, "{samples}");
        }
        assert!((cover_fraction(9, 10) - 1.0).abs() < 1e-12);
    }
}
