//! Sizes: what replicates hold at one number of samples, and which of them hold everything.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::science::analysis::evidence;
use crate::science::analysis::interval::{Interval, NoInterval};
use crate::science::analysis::share::Share;
use crate::science::analysis::threshold::{self, Counted, Median};

/// One dataset size with the values of its replicates.
#[derive(Debug, Clone, PartialEq)]
pub struct Size {
    /// Samples N.
    pub samples: u64,
    /// Bits of a draw of that size.
    pub dataset_bits: f64,
    /// Memorized bits of each replicate; `None` where the trial did not succeed.
    pub memorized_bits: Vec<Option<f64>>,
    /// Training error of each replicate, where it was measured.
    pub train_error: Vec<Option<f64>>,
}

/// One point of the curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CurvePoint {
    /// Samples N.
    pub samples: u64,
    /// Bits of a draw.
    pub dataset_bits: f64,
    /// Memorized bits over replicates; absent when none succeeded.
    pub memorized_bits: Option<Interval>,
    /// Share of replicates that hold their data without error.
    pub lossless: Option<Share>,
}

impl Size {
    /// Whether all replicates but at most one hold all of their data: then nothing is known of
    /// how far below the data's bits the mean lies.
    fn is_censored(&self) -> bool {
        let errors: Vec<f64> = self.train_error.iter().flatten().copied().collect();
        let wrong = errors.iter().filter(|error| **error > 0.0).count();
        wrong < 2 && wrong < errors.len()
    }

    /// The interval of the size's memorized bits as it is shown: there are no more than the data have.
    fn shown(&self, values: &[f64]) -> Option<Interval> {
        let most = values.iter().copied().fold(self.dataset_bits, f64::max);
        Some(self.censored(Interval::of(values)?.within(f64::NEG_INFINITY, most)))
    }

    /// The interval of the size's memorized bits, if there can be one.
    pub(super) fn censored(&self, interval: Interval) -> Interval {
        if self.is_censored() { interval.without_ends(NoInterval::Censored) } else { interval }
    }
}

/// Replicates of each size, and those without an error.
#[expect(clippy::cast_precision_loss, reason = "samples are far below 2^53")]
pub(super) fn lossless_counts(sizes: &[Size]) -> Vec<evidence::Counted> {
    let count = |size: &Size| {
        let errors: Vec<f64> = size.train_error.iter().flatten().copied().collect();
        let successes = errors.iter().filter(|error| **error == 0.0).count();
        evidence::Counted { size: size.samples as f64, successes, n: errors.len() }
    };
    sizes.iter().map(count).filter(|counted| counted.n > 0).collect()
}

impl CurvePoint {
    pub(super) fn of(size: &Size) -> Self {
        let values: Vec<f64> = size.memorized_bits.iter().flatten().copied().collect();
        Self {
            samples: size.samples,
            dataset_bits: size.dataset_bits,
            memorized_bits: size.shown(&values),
            lossless: lossless(size),
        }
    }
}

fn lossless(size: &Size) -> Option<Share> {
    let errors: Vec<f64> = size.train_error.iter().flatten().copied().collect();
    Share::of(errors.iter().filter(|error| **error == 0.0).count(), errors.len())
}

/// Where the share of draws learnt without error falls through one half, for the last time,
/// and the standard error of that place.
#[expect(clippy::cast_precision_loss, reason = "samples are far below 2^53")]
pub(super) fn half_lossless(sizes: &[Size]) -> Option<(f64, f64)> {
    let crossing = |pair: &[Size]| {
        let (a, b) = (lossless_fraction(&pair[0])?, lossless_fraction(&pair[1])?);
        let (from, to) = (pair[0].samples as f64, pair[1].samples as f64);
        let samples_per_share = (to - from) / (a - b);
        let draws = pair[0].train_error.iter().flatten().count() as f64;
        let error = samples_per_share * (0.25 / draws).sqrt();
        (a >= 0.5 && b < 0.5).then_some((from + samples_per_share * (a - 0.5), error))
    };
    sizes.windows(2).rev().find_map(crossing)
}

/// Dataset bits of so many samples, on a line between the sizes on both sides.
#[expect(clippy::cast_precision_loss, reason = "samples are far below 2^53")]
#[must_use]
pub fn bits_at(sizes: &[Size], samples: f64) -> Option<f64> {
    let is_around = |pair: &&[Size]| (pair[0].samples as f64..=pair[1].samples as f64).contains(&samples);
    let pair = sizes.windows(2).find(is_around)?;
    let share = (samples - pair[0].samples as f64) / (pair[1].samples - pair[0].samples) as f64;
    Some(pair[0].dataset_bits + share * (pair[1].dataset_bits - pair[0].dataset_bits))
}

pub(super) fn is_lossless(size: &Size) -> bool {
    lossless_fraction(size).is_some_and(|fraction| fraction >= 0.5)
}

/// The size that half of the draws are learnt at without error, from all sizes together.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "samples are far below 2^53")]
pub fn lossless_median(sizes: &[Size]) -> Option<Median> {
    let count = |size: &Size| {
        let draws = size.train_error.iter().flatten().count() as f64;
        Some(Counted { size: size.samples as f64, draws, successes: lossless_fraction(size)? * draws })
    };
    threshold::median(&sizes.iter().map(count).collect::<Option<Vec<_>>>()?)
}

/// Share of the draws of a size that were learnt without error.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of draws are small")]
pub fn lossless_fraction(size: &Size) -> Option<f64> {
    let known: Vec<f64> = size.train_error.iter().flatten().copied().collect();
    let lossless = known.iter().filter(|&&error| error == 0.0).count();
    (!known.is_empty()).then(|| lossless as f64 / known.len() as f64)
}
