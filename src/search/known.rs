//! What trainings of a search came to, and where one starts.

use std::collections::BTreeMap;

use crate::outcome::TrialOutcome;
use crate::science::analysis::capacity::Size;
use crate::spec::search::Setting;
use crate::spec::{CellSpec, ValidJobSpec};

/// What one training came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draw {
    /// Memorized bits.
    pub bits: f64,
    /// Share of wrong symbols, where it was measured.
    pub train_error: Option<f64>,
}

/// Every replicate of every setting of a cell; `None` where a training diverged or failed.
pub type Known = BTreeMap<(Setting, u64), Option<Draw>>;

/// What is known of a cell.
#[must_use]
pub fn known(trials: &[TrialOutcome], cell: usize) -> Known {
    let ended = trials.iter().filter(|trial| trial.state.is_terminal());
    let of_cell = ended.filter_map(|trial| Some((trial, trial.probe.filter(|p| p.cell == cell)?)));
    let draw = |trial: &TrialOutcome| {
        let values = &trial.measured()?.measurements;
        let bits = *values.get("memorized_bits")?;
        Some(Draw { bits, train_error: values.get("train_error").copied() })
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
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes"
)]
pub fn start(job: &ValidJobSpec, cell: usize) -> u64 {
    let spec = job.cell(cell);
    let process = spec.dataset.process();
    let samples = process.shape().samples as f64;
    if job.states_samples() {
        return samples as u64;
    }
    let parameters = spec.parameters() as f64;
    let bits_per_sample = process.ledger().dataset().0 / samples;
    (2.0 * parameters / bits_per_sample).round().clamp(4.0, 1e6) as u64
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
