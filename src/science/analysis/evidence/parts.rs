//! What evidence is made of, beyond intervals.

use crate::science::analysis::interval::Interval;

/// The largest of several means, and those of them that may be it.
#[derive(Debug, Clone, PartialEq)]
pub struct Largest {
    /// The estimate.
    pub value: f64,
    /// The mean that is largest.
    pub top: Interval,
    /// Means that are not significantly below it, itself included.
    pub contenders: Vec<Interval>,
}

impl Largest {
    /// By how many a chance is multiplied: which of the contenders is the largest was chosen by the same
    /// replicates (Bonferroni), and one more for what few replicates miss of a skewed number (docs/math/capacity.md).
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    pub(super) fn choices(&self) -> f64 {
        (self.contenders.len() + 1) as f64
    }
}

/// A mean of replicates at a place that others chose: the number is largest at a place near it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Short {
    /// The mean.
    pub mean: Interval,
    /// By how much the number may exceed it.
    pub by: f64,
}

/// Replicates of one size, and those that have a property.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counted {
    /// The size.
    pub size: f64,
    /// Replicates with the property.
    pub successes: usize,
    /// Replicates.
    pub n: usize,
}
