//! Admission: what a job would cost, and what is refused before it runs.
//!
//! All sums saturate: a spec cannot overflow its way in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CellSpec;
use super::document::Budget;
use super::fault::Fault;
use crate::science::network::Size;

/// What a server accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Trials of one job.
    pub trials: u64,
    /// Memory of one trial.
    pub trial_bytes: u64,
    /// Verdicts of one job: every claim in every cell to which it applies.
    pub verdicts: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { trials: 10_000, trial_bytes: 4 << 30, verdicts: 100_000 }
    }
}

/// Estimated cost of a job, computed without running it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Number of cells of the sweep.
    pub cells: u64,
    /// Number of trials: cells times `seeds`; of a search the trials of its first round.
    pub trials: u64,
    /// Range of the number of trainable parameters over the cells.
    pub parameters: Span<u64>,
    /// Range of the information content of the dataset over the cells, in bits.
    pub dataset_bits: Span<f64>,
    /// Estimated memory of the largest trial, in bytes.
    pub estimated_bytes: u64,
    /// Estimated number of floating-point operations of all trials together; of a search those of
    /// its whole work limit.
    pub estimated_flop: f64,
    /// Estimated run time of all trials, one after the other, on one core at 20 GFLOP/s, in seconds;
    /// of a search that of its whole work limit.
    pub estimated_seconds: f64,
    /// Estimated run time of the longest trial on one core at 20 GFLOP/s, in seconds.
    pub estimated_trial_seconds: f64,
}

/// The range of a number over the cells.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Span<T> {
    /// Smallest value.
    pub min: T,
    /// Largest value.
    pub max: T,
}

/// Cost of one trial.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
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

/// What a trial of this cell costs.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub(super) fn cost(spec: &CellSpec) -> Cost {
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

/// The faults of a cell whose cost exceeds the limits.
pub(super) fn faults(cost: &Cost, budget: &Budget, limits: &Limits) -> Vec<Fault> {
    let mut faults = Vec::new();
    if cost.bytes > limits.trial_bytes {
        let place = if cost.size.parameters > limits.trial_bytes / 32 { "/network" } else { "/dataset" };
        let detail = format!(
            "a trial would need an estimated {} bytes of memory, at most {} are allowed",
            cost.bytes, limits.trial_bytes
        );
        faults.push(Fault::new(place, detail));
    }
    if cost.seconds > budget.trial_seconds {
        let detail = format!(
            "a trial is estimated to take {:.0} seconds, more than the {} seconds of /budget/trial_seconds",
            cost.seconds, budget.trial_seconds
        );
        faults.push(Fault::new("/training/steps", detail));
    }
    faults
}

/// Says how far a sweep is beyond the limit.
pub(super) fn too_many_trials(trials: Option<u64>, most: u64) -> String {
    let trials = trials.map_or_else(|| format!("more than {}", u64::MAX), |trials| trials.to_string());
    format!("{trials} trials (cells times replicates), at most {most} are allowed")
}

/// The plan of a job, cell by cell.
#[derive(Debug, Default)]
pub(super) struct Tally {
    cells: u64,
    parameters: Option<Span<u64>>,
    dataset_bits: Option<Span<f64>>,
    bytes: u64,
    flop: f64,
    seconds: f64,
    trial_seconds: f64,
}

impl Tally {
    /// One more cell.
    pub(super) fn add(&mut self, cell: &CellSpec, cost: Cost) {
        let (parameters, bits) = (cost.size.parameters, cell.dataset_bits());
        self.cells += 1;
        let known = self.parameters.unwrap_or(Span { min: parameters, max: parameters });
        self.parameters = Some(Span { min: known.min.min(parameters), max: known.max.max(parameters) });
        let known = self.dataset_bits.unwrap_or(Span { min: bits, max: bits });
        self.dataset_bits = Some(Span { min: known.min.min(bits), max: known.max.max(bits) });
        self.bytes = self.bytes.max(cost.bytes);
        self.flop += cost.flop;
        self.seconds += cost.seconds;
        self.trial_seconds = self.trial_seconds.max(cost.seconds);
    }

    /// The plan of so many replicates of each cell.
    pub(super) fn plan(self, seeds: u32) -> Plan {
        Plan {
            cells: self.cells,
            trials: self.cells * u64::from(seeds),
            parameters: self.parameters.unwrap_or(Span { min: 0, max: 0 }),
            dataset_bits: self.dataset_bits.unwrap_or(Span { min: 0.0, max: 0.0 }),
            estimated_bytes: self.bytes,
            estimated_flop: self.flop * f64::from(seeds),
            estimated_seconds: self.seconds * f64::from(seeds),
            estimated_trial_seconds: self.trial_seconds,
        }
    }
}

/// The plan of these cells.
#[must_use]
pub fn plan<'a>(cells: impl Iterator<Item = CellSpec<'a>>, seeds: u32) -> Plan {
    let mut tally = Tally::default();
    cells.for_each(|cell| tally.add(&cell, cost(&cell)));
    tally.plan(seeds)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::JobSpec;

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
        let plan = plan(std::iter::once(spec.cell()), spec.seeds);
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
        let found = faults(&cost(&spec.cell()), &spec.budget, &Limits::default());
        assert_eq!(found.len(), 2);
        assert!(found[0].detail.contains("4294967296") && found[1].detail.contains("600"), "{found:?}");
    }
}
