//! What trainings of a search came to, and where one starts.

use std::collections::BTreeMap;

use crate::outcome::TrialOutcome;
use crate::science::analysis::capacity::Size;
use crate::spec::search::{HELD, Setting, start_samples};
use crate::spec::{CellSpec, ValidJobSpec};

/// What one training came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draw {
    /// Memorized bits.
    pub bits: f64,
    /// Share of wrong symbols, where it was measured.
    pub train_error: Option<f64>,
    /// Bits of the dataset.
    pub dataset_bits: f64,
}

impl Draw {
    /// Whether the network holds all its data, so that a larger dataset may yield more.
    #[must_use]
    pub fn is_lossless(&self) -> bool {
        self.bits >= self.dataset_bits * (1.0 - HELD) && self.train_error.is_none_or(|error| error <= 0.0)
    }
}

/// Every replicate of every setting of a cell; `None` where a training diverged or failed.
pub type Known = BTreeMap<(Setting, u64), Option<Draw>>;

/// What is known of a cell.
#[must_use]
pub fn known(trials: &[TrialOutcome], cell: usize) -> Known {
    let ended = trials.iter().filter(|trial| trial.state.is_terminal());
    let of_cell = ended.filter_map(|trial| Some((trial, trial.probe.filter(|p| p.cell == cell)?)));
    let draw = |trial: &TrialOutcome| {
        let measured = trial.measured()?;
        let values = &measured.measurements;
        Some(Draw {
            bits: *values.get("memorized_bits")?,
            train_error: values.get("train_error").copied(),
            dataset_bits: measured.dataset_bits.0,
        })
    };
    of_cell.map(|(trial, probe)| ((probe.setting(), probe.replicate), draw(trial))).collect()
}

/// A size with memorized bits of some replicates; `None` when the source has no dataset of it.
#[must_use]
pub fn size(setting: &Setting, cell: &CellSpec, memorized_bits: Vec<Option<f64>>) -> Option<Size> {
    let dataset_bits = setting.cell(cell)?.dataset_bits();
    Some(Size { samples: setting.samples, dataset_bits, memorized_bits, train_error: Vec::new() })
}

/// The samples at which a search starts: those of the spec, or as many as hold two
/// bits a parameter.
#[must_use]
pub fn start(job: &ValidJobSpec, cell: usize) -> u64 {
    let spec = job.cell(cell);
    if job.states_samples() { spec.samples() as u64 } else { start_samples(&spec) }
}

/// Work of trainings in units of one at the starting size: samples looked at.
#[must_use]
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "sizes")]
pub fn work(job: &ValidJobSpec, cell: usize, settings: impl Iterator<Item = Setting>) -> f64 {
    let training = job.cell(cell).training;
    let cost = |samples: u64, steps: u64| training.batch_size.of(samples as usize) as f64 * steps as f64;
    let unit = cost(start(job, cell), training.steps);
    settings.map(|setting| cost(setting.samples, setting.steps) / unit).sum()
}
