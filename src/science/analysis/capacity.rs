//! Capacity: the maximum over dataset sizes of the memorized bits.
//!
//! A maximum, not a plateau: curves rise, peak near the interpolation threshold
//! and fall. The place of the peak is chosen for each replicate by the other
//! replicates, since the maximum of noisy means is biased upward.

mod size;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::evidence::{self, Evidence, Largest, Short};
use super::interval::{Interval, NoInterval};
pub use size::{CurvePoint, Size, bits_at, lossless_fraction, lossless_median};
use size::{half_lossless, is_lossless, lossless_counts};

/// Memorized bits against dataset bits, and its maximum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CapacityEstimate {
    /// Bits at the peak.
    pub capacity_bits: Capacity,
    /// The same over trainable parameters.
    pub bits_per_parameter: Capacity,
    /// Trainable parameters.
    pub parameters: u64,
    /// Samples at the maximum of the mean curve.
    pub peak_samples: u64,
    /// Dataset bits there.
    pub peak_dataset_bits: f64,
    /// Whether the peak lies inside the axis: the curve falls after it by more
    /// than its replicates' spread (one-sided 95 %, paired). `null` with fewer
    /// than two replicates.
    pub saturated: Option<bool>,
    /// Whether twice the steps would give the same: `not_checked` here, so that
    /// the capacity stays a lower bound.
    pub converged: Converged,
    /// Largest N learnt without error in at least half of the draws.
    pub lossless_samples: Option<u64>,
    /// Dataset bits at that size over trainable parameters.
    pub lossless_bits_per_parameter: Option<f64>,
    /// Samples at which half of the draws are learnt without error, on a line between the
    /// sizes on both sides of it; `null` where the axis does not reach it.
    pub lossless_samples_median: Option<f64>,
    /// Its standard error: that of a share of one half, over the slope of the line.
    pub lossless_samples_median_standard_error: Option<f64>,
    /// Dataset bits at the median over trainable parameters.
    pub lossless_bits_per_parameter_median: Option<f64>,
    /// Replicates with a value at every size, on which the estimate rests.
    pub replicates: usize,
    /// Bits of each replicate at its peak, for comparisons.
    #[serde(skip)]
    pub by_replicate: Vec<Option<f64>>,
    /// What verdicts are made from.
    #[serde(skip)]
    pub evidence: CapacityEvidence,
    /// How the estimate was made.
    pub estimator: String,
    /// The whole curve.
    pub curve: Vec<CurvePoint>,
}

/// What the replicates say of a capacity, at any level.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CapacityEvidence {
    /// Of the bits at the peak.
    pub bits: Option<Evidence>,
    /// Replicates at each size, and those that hold their data without error.
    pub lossless: Vec<evidence::Counted>,
}

/// A capacity with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Capacity {
    /// Mean over replicates. The ends of its interval allow for the choice of the peak among
    /// the sizes that are not significantly below it (docs/math/capacity.md).
    #[serde(flatten)]
    pub interval: Interval,
    /// One-sided 95 % lower bound.
    pub lower_bound_95: Option<f64>,
}

/// Whether training was long enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Converged {
    /// No run with twice the steps was made: the capacity is a lower bound only.
    NotChecked,
    /// Twice the steps raise it by at most 2 %.
    Yes,
    /// Twice the steps raise it by more: a lower bound only.
    No,
    /// The interval of the raise holds 2 %: a lower bound only.
    Undecided,
}

/// Name of the estimate in reports.
pub const LEAVE_ONE_OUT: &str = "leave_one_out_peak";
/// Name of the estimate when a single replicate leaves nothing to choose by.
pub const PLUG_IN: &str = "maximum (biased upward: one replicate)";

/// Name of the estimate of a search for the lossless size.
pub const LOGISTIC: &str =
    "fresh draws around the size that tuning draws chose, median by logistic regression";

/// Name of the estimate of a search.
pub const FROZEN: &str = "fresh draws at the size and learning rate that tuning draws chose";

/// The capacity of a network with `parameters` from its curve over at least two
/// sizes. `None` when no replicate succeeded at every size.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "parameter counts are far below 2^53")]
pub fn capacity(parameters: u64, sizes: &[Size]) -> Option<CapacityEstimate> {
    let complete = complete_replicates(sizes);
    if complete.is_empty() || sizes.len() < 2 {
        return None;
    }
    let value = |size: usize, replicate: usize| -> f64 {
        sizes[size].memorized_bits[replicate].expect("complete replicates have every value")
    };
    let mean_without = |size: usize, left_out: Option<usize>| -> f64 {
        complete.iter().filter(|&&r| Some(r) != left_out).map(|&r| value(size, r)).sum()
    };
    let peak_without = |left_out: Option<usize>| -> usize {
        (1..sizes.len()).fold(0, |best, size| {
            if mean_without(size, left_out) > mean_without(best, left_out) { size } else { best }
        })
    };
    let peak = peak_without(None);
    let values: Vec<f64> = if complete.len() == 1 {
        vec![value(peak, complete[0])]
    } else {
        complete.iter().map(|&replicate| value(peak_without(Some(replicate)), replicate)).collect()
    };
    let last = sizes.len() - 1;
    let of = |size: usize| {
        let bits: Vec<f64> = complete.iter().map(|&r| value(size, r)).collect();
        Interval::of(&bits).map(|interval| sizes[size].censored(interval))
    };
    let not_below = |size: &usize| {
        let falls: Vec<f64> = complete.iter().map(|&r| value(peak, r) - value(*size, r)).collect();
        let bound = Interval::of(&falls).and_then(|falls| falls.lower_bound_95());
        *size == peak || bound.is_none_or(|bound| bound <= 0.0)
    };
    let contenders = (0..sizes.len()).filter(not_below).filter_map(of);
    let contenders = contenders.filter(|mean| mean.no_interval.is_none()).collect();
    let largest = Largest { value: Interval::of(&values)?.mean, top: of(peak)?, contenders };
    let evidence = Evidence::Largest(largest);
    let median = half_lossless(sizes);
    let lossless = sizes.iter().rev().find(|size| is_lossless(size));
    // as the values: what chose the peak must not say how high it is
    let falls = complete.iter().map(|&r| value(peak_without(Some(r)), r) - value(last, r));
    let falls: Vec<f64> = falls.collect();
    Some(CapacityEstimate {
        capacity_bits: Capacity::of(&values, &evidence, 1.0)?,
        bits_per_parameter: Capacity::of(&values, &evidence, parameters as f64)?,
        parameters,
        peak_samples: sizes[peak].samples,
        peak_dataset_bits: sizes[peak].dataset_bits,
        saturated: (complete.len() > 1).then(|| {
            let bound = Interval::of(&falls).and_then(|falls| falls.lower_bound_95());
            peak < last && bound.is_some_and(|bound| bound > 0.0)
        }),
        converged: Converged::NotChecked,
        lossless_samples: lossless.map(|size| size.samples),
        lossless_bits_per_parameter: lossless.map(|size| size.dataset_bits / parameters as f64),
        lossless_samples_median: median.map(|(samples, _)| samples),
        lossless_samples_median_standard_error: median.map(|(_, error)| error),
        lossless_bits_per_parameter_median: median
            .and_then(|(samples, _)| Some(bits_at(sizes, samples)? / parameters as f64)),
        by_replicate: by_replicate(&complete, &values),
        evidence: CapacityEvidence { bits: Some(evidence), lossless: lossless_counts(sizes) },
        replicates: complete.len(),
        estimator: if complete.len() == 1 { PLUG_IN } else { LEAVE_ONE_OUT }.to_owned(),
        curve: sizes.iter().map(CurvePoint::of).collect(),
    })
}

/// Values in the places of their replicates.
fn by_replicate(complete: &[usize], values: &[f64]) -> Vec<Option<f64>> {
    let mut all = vec![None; complete.last().map_or(0, |last| last + 1)];
    complete.iter().zip(values).for_each(|(r, value)| all[*r] = Some(*value));
    all
}

/// Twice the steps may raise bits by so much before a training counts as too short.
pub const CONVERGED: f64 = 0.02;

impl Converged {
    /// From mean bits, and those after twice the steps.
    #[must_use]
    pub fn of(bits: f64, bits_of_twice_the_steps: f64) -> Self {
        if bits_of_twice_the_steps <= bits * (1.0 + CONVERGED) { Self::Yes } else { Self::No }
    }
}

impl Converged {
    /// From the interval of the relative raise by twice the steps; without one a search would
    /// say more than it knows.
    #[must_use]
    pub fn of_raise(raise: &Interval) -> Self {
        match (raise.ci95_low, raise.ci95_high) {
            (_, Some(high)) if high <= CONVERGED => Self::Yes,
            (Some(low), _) if low > CONVERGED => Self::No,
            _ => Self::Undecided,
        }
    }
}

/// Fresh draws at a size that other draws chose.
#[derive(Debug)]
pub struct FrozenPeak<'a> {
    /// Trainable parameters.
    pub parameters: u64,
    /// The size, with its bits.
    pub peak: &'a Size,
    /// Whether a larger size kept less, where one was tried.
    pub is_inside: Option<bool>,
    /// What twice the steps said.
    pub converged: Converged,
    /// By how many bits another size may yield more, as far as the draws tell that chose this one.
    pub shortfall: f64,
    /// Bits of each fresh draw.
    pub report: &'a [Option<f64>],
    /// The draws that chose, by size.
    pub curve: &'a [Size],
}

impl CapacityEstimate {
    /// The capacity at a frozen size: nothing that is reported chose it. `None` when no fresh
    /// draw gave bits.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "parameter counts are far below 2^53")]
    pub fn at_frozen_peak(frozen: FrozenPeak) -> Option<Self> {
        let values: Vec<f64> = frozen.report.iter().flatten().copied().collect();
        let mean = frozen.peak.censored(Interval::of(&values)?);
        let evidence = Evidence::Short(Short { mean, by: frozen.shortfall });
        Some(Self {
            capacity_bits: Capacity::of(&values, &evidence, 1.0)?,
            bits_per_parameter: Capacity::of(&values, &evidence, frozen.parameters as f64)?,
            parameters: frozen.parameters,
            peak_samples: frozen.peak.samples,
            peak_dataset_bits: frozen.peak.dataset_bits,
            saturated: frozen.is_inside,
            converged: frozen.converged,
            lossless_samples: None,
            lossless_bits_per_parameter: None,
            lossless_samples_median: None,
            lossless_samples_median_standard_error: None,
            lossless_bits_per_parameter_median: None,
            replicates: values.len(),
            by_replicate: frozen.report.to_vec(),
            evidence: CapacityEvidence { bits: Some(evidence), lossless: Vec::new() },
            estimator: FROZEN.to_owned(),
            curve: frozen.curve.iter().map(CurvePoint::of).collect(),
        })
    }
}

fn complete_replicates(sizes: &[Size]) -> Vec<usize> {
    let replicates = sizes.iter().map(|size| size.memorized_bits.len()).min().unwrap_or(0);
    (0..replicates).filter(|&r| sizes.iter().all(|size| size.memorized_bits[r].is_some())).collect()
}

impl Capacity {
    /// Bits of each replicate at its peak, over `unit`, with what is known of the capacity.
    fn of(values: &[f64], evidence: &Evidence, unit: f64) -> Option<Self> {
        let scaled: Vec<f64> = values.iter().map(|bits| bits / unit).collect();
        let interval = Interval::of(&scaled)?;
        let ends = |alpha| evidence.ends(alpha).map(|(low, high)| (low / unit, high / unit));
        let interval = match (ends(0.05), evidence.no_interval()) {
            (Some((low, high)), None) => {
                Interval { ci95_low: Some(low), ci95_high: Some(high), no_interval: None, ..interval }
            }
            (_, why) => interval.without_ends(why.unwrap_or(NoInterval::NoMethod)),
        };
        Some(Self { interval, lower_bound_95: ends(0.1).map(|ends| ends.0) })
    }
}

#[cfg(test)]
mod tests;
