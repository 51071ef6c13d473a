//! Admission: what a job would cost, and what is refused before it runs.
//!
//! All sums saturate: a spec cannot overflow its way in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::spec::JobSpec;
use crate::science::network::Size;

/// What a server accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Trials of one job.
    pub trials: u64,
    /// Memory of one trial.
    pub trial_bytes: u64,
}

impl Limits {
    /// For documents that were accepted before.
    pub const NONE: Self = Self { trials: u32::MAX as u64, trial_bytes: u64::MAX };
}

impl Default for Limits {
    fn default() -> Self {
        Self { trials: 10_000, trial_bytes: 4 << 30 }
    }
}

/// What a job will cost, estimated without running it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Cells of the sweep.
    pub cells: u64,
    /// Trials: cells times seeds.
    pub trials: u64,
    /// Fewest and most trainable parameters among the cells.
    pub parameters: Span<u64>,
    /// Fewest and most bits in a draw among the cells.
    pub dataset_bits: Span<f64>,
    /// Memory of the largest trial.
    pub estimated_bytes: u64,
    /// Floating-point operations of all trainings together.
    pub estimated_flop: f64,
    /// Time of all trials one after the other on one core of 20 GFLOP/s.
    pub estimated_seconds: f64,
    /// Time of the longest trial on one core of 20 GFLOP/s.
    pub estimated_trial_seconds: f64,
}

/// From the smallest to the largest value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Span<T> {
    /// Smallest.
    pub min: T,
    /// Largest.
    pub max: T,
}

/// Cost of one trial.
#[derive(Debug, Clone, Copy)]
struct Cost {
    size: Size,
    bytes: u64,
    flop: f64,
    seconds: f64,
}

/// A cautious speed: what one core reaches on small networks.
const FLOP_PER_SECOND: f64 = 20e9;
/// Bookkeeping of a step, whatever its size.
const SECONDS_PER_STEP: f64 = 2e-6;
const F32: u64 = 4;

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn cost(spec: &JobSpec) -> Cost {
    let data = spec.dataset.process().shape();
    let size = spec.network.architecture().size(&data);
    let samples = data.samples as u64;
    let batch = spec.training.batch_size.of(data.samples) as u64;
    let draws = 2 + u64::from(spec.regularizers.iter().any(|r| r.patience().is_some()));
    let threads = spec.training.optimizer.threads().unwrap_or(1) as u64;
    // each draw, and the network's own copy of the training draw
    let data_numbers = samples.saturating_mul(data.inputs as u64 + 1).saturating_mul(draws + threads);
    // parameters, gradients, the optimizer's slots and the best of early stopping
    let copies = 2 * threads + spec.training.optimizer.slots() as u64 + (draws - 2);
    let parameter_numbers = size.parameters.saturating_mul(copies);
    // activations, their gradients and noise factors; outputs of both evaluations
    let step_numbers = size.activations.saturating_mul(batch * threads).saturating_mul(3);
    let output_numbers = size.activations.saturating_mul(samples.min(4096));
    let numbers = data_numbers
        .saturating_add(parameter_numbers)
        .saturating_add(step_numbers)
        .saturating_add(output_numbers);
    // a step is three products of the forward size; evaluations are one each
    let more: f64 = spec.estimators.iter().map(|e| e.evaluations(&data)).sum();
    let evaluations = samples.saturating_mul(draws) as f64 + more;
    let training = 6.0 * size.multiply_adds as f64 * batch as f64 * spec.training.steps as f64;
    // estimators may train again, on parts of the draw
    let again: f64 = spec.estimators.iter().map(|e| e.trainings(data.samples)).sum();
    let update = 10.0 * size.parameters as f64 * spec.training.steps as f64;
    let flop = (training + update) * (1.0 + again) + 2.0 * size.multiply_adds as f64 * evaluations;
    let steps = spec.training.steps as f64 * (1.0 + again);
    let seconds = flop / FLOP_PER_SECOND + steps * SECONDS_PER_STEP;
    Cost { size, bytes: numbers.saturating_mul(F32), flop, seconds }
}

/// What fields mean together, and what is beyond the limits. Work and memory
/// are judged only when everything else is `clean`, since mended values mean
/// nothing.
#[must_use]
pub fn faults(spec: &JobSpec, limits: &Limits, clean: bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    let architecture = spec.network.architecture();
    if let Some(incompatibility) = architecture.incompatibility(&spec.dataset.process().shape()) {
        faults.push(Fault::new("/network", incompatibility));
    }
    for (i, regularizer) in spec.regularizers.iter().enumerate() {
        if let Some(site) = regularizer.site().filter(|site| !architecture.has(*site)) {
            let detail = format!("acts on {site}, and this network has none");
            faults.push(Fault::new(format!("/regularizers/{i}"), detail));
        }
    }
    if spec.training.optimizer.threads().is_some() {
        for (i, _) in spec.regularizers.iter().enumerate().filter(|(_, r)| r.patience().is_some()) {
            let detail = "needs one thread to watch the training, and this optimizer has several";
            faults.push(Fault::new(format!("/regularizers/{i}"), detail));
        }
    }
    for (i, estimator) in spec.estimators.iter().enumerate() {
        // one kind with other settings would measure under the same names
        let kind = std::mem::discriminant(estimator);
        if spec.estimators[..i].iter().any(|other| std::mem::discriminant(other) == kind) {
            faults.push(Fault::new(format!("/estimators/{i}"), "stands twice in the list"));
        }
    }
    faults.extend(super::search::faults(spec));
    if clean {
        let cost = cost(spec);
        if cost.bytes > limits.trial_bytes {
            let place = if cost.size.parameters > limits.trial_bytes / 32 { "/network" } else { "/dataset" };
            faults.push(Fault::new(
                place,
                format!(
                    "a trial would need an estimated {} bytes of memory, at most {} are allowed",
                    cost.bytes, limits.trial_bytes
                ),
            ));
        }
        if cost.seconds > spec.budget.trial_seconds && limits.trial_bytes < u64::MAX {
            faults.push(Fault::new(
                "/training/steps",
                format!(
                    "a trial would take an estimated {:.0} seconds, more than the {} of /budget/trial_seconds",
                    cost.seconds, spec.budget.trial_seconds
                ),
            ));
        }
    }
    faults
}

/// Says how far a sweep is beyond the limit.
#[must_use]
pub fn too_many_trials(trials: Option<u64>, limits: &Limits) -> String {
    let trials = trials.map_or_else(|| format!("more than {}", u64::MAX), |trials| trials.to_string());
    format!("{trials} trials (cells times seeds), at most {} are allowed", limits.trials)
}

/// The plan of a job with these cells.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub fn plan(cells: &[JobSpec]) -> Plan {
    let seeds = u64::from(cells[0].seeds);
    let costs: Vec<Cost> = cells.iter().map(cost).collect();
    let bits: Vec<f64> = cells.iter().map(|cell| cell.dataset.process().ledger().dataset().0).collect();
    let parameters = costs.iter().map(|cost| cost.size.parameters);
    let total = |each: fn(&Cost) -> f64| costs.iter().map(each).sum::<f64>() * seeds as f64;
    Plan {
        cells: cells.len() as u64,
        trials: cells.len() as u64 * seeds,
        parameters: Span {
            min: parameters.clone().min().unwrap_or_default(),
            max: parameters.max().unwrap_or_default(),
        },
        dataset_bits: Span {
            min: bits.iter().copied().fold(f64::INFINITY, f64::min),
            max: bits.iter().copied().fold(0.0, f64::max),
        },
        estimated_bytes: costs.iter().map(|cost| cost.bytes).max().unwrap_or_default(),
        estimated_flop: total(|cost| cost.flop),
        estimated_seconds: total(|cost| cost.seconds),
        estimated_trial_seconds: costs.iter().map(|cost| cost.seconds).fold(0.0, f64::max),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn spec(value: serde_json::Value) -> JobSpec {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_work_of_a_benchmark_is_six_times_weights_batch_steps() {
        let spec = spec(json!({
            "dataset": {"kind": "random_labels", "inputs": 32, "classes": 16, "samples": 4096},
            "network": {"kind": "mlp", "hidden": [64, 64]},
            "training": {"steps": 2000, "batch_size": 256}, "seeds": 4,
        }));
        let plan = plan(&[spec]);
        let products = 6.0 * f64::from(32 * 64 + 64 * 64 + 64 * 16) * 256.0 * 2000.0 * 4.0;
        assert!((plan.estimated_flop / products - 1.0).abs() < 0.05, "{}", plan.estimated_flop / products);
        assert_eq!(plan.parameters.max, 33 * 64 + 65 * 64 + 65 * 16);
        assert!((plan.dataset_bits.max - 4.0 * 4096.0).abs() < 1e-9);
    }

    #[test]
    fn absurd_specs_are_refused_with_the_limit_and_without_overflow() {
        let spec = spec(json!({
            "dataset": {"kind": "random_labels", "inputs": 65536, "classes": 65536, "samples": 10_000_000},
            "network": {"kind": "mlp", "hidden": vec![65536; 64]},
            "training": {"steps": 1_000_000_000},
        }));
        let found = faults(&spec, &Limits::default(), true);
        assert_eq!(found.len(), 2);
        assert!(found[0].detail.contains("4294967296") && found[1].detail.contains("600"), "{found:?}");
    }

    #[test]
    fn noise_for_hidden_units_needs_hidden_units() {
        let spec = spec(json!({
            "dataset": {"kind": "random_labels", "inputs": 3, "samples": 4}, "network": {"kind": "linear"},
            "regularizers": [{"kind": "weight_decay", "rate": 0.1}, {"kind": "dropout", "rate": 0.5}],
        }));
        let found = faults(&spec, &Limits::default(), true);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].pointer, "/regularizers/1");
    }
}
