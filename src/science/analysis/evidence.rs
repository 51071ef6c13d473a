//! Evidence: what replicates say of a number, at any level. One-sided chances and the intervals
//! that they invert come from here alone, so that a picture and a verdict agree.

use super::interval::{Interval, NoInterval};
use super::jackknife::Scaled;
use super::share;

/// What is known of a number.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// A number that is known and not estimated.
    Exact(f64),
    /// A mean over replicates.
    Mean(Interval),
    /// A number whose interval is made on another scale.
    Scaled(Scaled),
    /// The largest of several means.
    Largest(Largest),
    /// A mean that may lie below the number.
    Short(Short),
    /// The median of the replicates' values.
    Median(Vec<f64>),
    /// The largest size at which at least half of the replicates have a property that gets rarer
    /// with size.
    HalfOf(Vec<Counted>),
    /// The largest distance between two of several numbers.
    Apart(Vec<Interval>),
    /// A number without an interval, or none at all.
    Open(Option<f64>, NoInterval),
}

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

impl Evidence {
    /// The estimate, if there is one.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Exact(value) => Some(*value),
            Self::Mean(interval) => Some(interval.mean),
            Self::Scaled(scaled) => Some(scaled.value),
            Self::Largest(largest) => Some(largest.value),
            Self::Short(short) => Some(short.mean.mean),
            Self::Median(values) => median(values),
            Self::HalfOf(sizes) => sizes.iter().rev().find(|s| 2 * s.successes >= s.n).map(|s| s.size),
            Self::Apart(pairs) => pairs.iter().map(|pair| pair.mean.abs()).reduce(f64::max),
            Self::Open(value, _) => *value,
        }
    }

    /// The same number in a unit that is so many times as large.
    #[must_use]
    pub fn over(self, unit: f64) -> Self {
        match self {
            Self::Exact(value) => Self::Exact(value / unit),
            Self::Mean(interval) => Self::Mean(interval.over(unit)),
            Self::Largest(largest) => Self::Largest(Largest {
                value: largest.value / unit,
                top: largest.top.over(unit),
                contenders: largest.contenders.iter().map(|mean| mean.over(unit)).collect(),
            }),
            Self::Short(Short { mean, by }) => Self::Short(Short { mean: mean.over(unit), by: by / unit }),
            Self::Median(values) => Self::Median(values.iter().map(|value| value / unit).collect()),
            Self::Open(value, why) => Self::Open(value.map(|value| value / unit), why),
            Self::Scaled(Scaled { value, .. }) => Self::Open(Some(value / unit), NoInterval::NoMethod),
            Self::HalfOf(_) | Self::Apart(_) => Self::Open(None, NoInterval::NoMethod),
        }
    }

    /// Why nothing but the estimate is known, if that is so.
    #[must_use]
    pub fn no_interval(&self) -> Option<NoInterval> {
        match self {
            Self::Mean(interval) => interval.no_interval,
            Self::Largest(largest) => largest.top.no_interval,
            Self::Short(short) => short.mean.no_interval,
            Self::Scaled(scaled) => scaled.interval.no_interval,
            Self::Apart(pairs) => pairs.iter().find_map(|pair| pair.no_interval),
            Self::Open(_, why) => Some(*why),
            _ => None,
        }
    }

    /// The chance of such replicates, or of some that say more, if the number is at most `x`: small
    /// where they show that it is larger. `None` where nothing can be shown.
    #[must_use]
    pub fn p_at_most(&self, x: f64) -> Option<f64> {
        match self {
            Self::Exact(_) | Self::Open(..) => None,
            Self::Mean(interval) => interval.p_at_most(x),
            Self::Short(short) => short.mean.p_at_most(x),
            Self::Scaled(scaled) => scaled.interval.p_at_most(scaled.scale.there(x)),
            // which mean is the largest was chosen by the same replicates (Bonferroni)
            Self::Largest(largest) => {
                Some((count(largest.contenders.len()) * largest.top.p_at_most(x)?).min(1.0))
            }
            Self::Median(values) => {
                Some(share::p_at_most(0.5, values.iter().filter(|v| **v >= x).count(), values.len()))
            }
            Self::HalfOf(sizes) => {
                let larger = sizes.iter().filter(|s| s.size >= x);
                smallest(larger.map(|s| share::p_at_most(0.5, s.successes, s.n)).collect()).or(Some(1.0))
            }
            // one pair that is apart is enough: the smallest chance of all pairs and sides
            Self::Apart(pairs) => {
                let sides = |pair: &Interval| Some(2.0 * pair.p_at_most(x)?.min(pair.p_at_least(-x)?));
                // a pair without an interval shows nothing, and counts
                smallest(pairs.iter().map(|pair| sides(pair).unwrap_or(1.0)).collect())
            }
        }
    }

    /// The chance of such replicates, or of some that say more, if the number is at least `x`: small
    /// where they show that it is smaller. `None` where nothing can be shown.
    #[must_use]
    pub fn p_at_least(&self, x: f64) -> Option<f64> {
        match self {
            Self::Exact(_) | Self::Open(..) => None,
            Self::Mean(interval) => interval.p_at_least(x),
            Self::Short(short) => short.mean.p_at_least(x - short.by),
            Self::Scaled(scaled) => scaled.interval.p_at_least(scaled.scale.there(x)),
            Self::Largest(largest) => largest
                .contenders
                .iter()
                .map(|mean| mean.p_at_least(x))
                .try_fold(0.0, |p, q| Some(f64::max(p, q?))),
            Self::Median(values) => {
                Some(share::p_at_most(0.5, values.iter().filter(|v| **v <= x).count(), values.len()))
            }
            Self::HalfOf(sizes) => {
                let smaller = sizes.iter().filter(|s| s.size <= x);
                smallest(smaller.map(|s| share::p_at_least(0.5, s.successes, s.n)).collect()).or(Some(1.0))
            }
            // all pairs must be shown to be close, from both sides (intersection-union)
            Self::Apart(pairs) => {
                let mut sides = pairs.iter().map(|pair| Some(pair.p_at_least(x)?.max(pair.p_at_most(-x)?)));
                sides.try_fold(0.0, |p, q| Some(f64::max(p, q?)))
            }
        }
    }

    /// Both ends of the two-sided interval that misses the number with a chance of at most `alpha`.
    /// An end that the replicates do not show is infinite. `None` where there is no interval.
    #[must_use]
    pub fn ends(&self, alpha: f64) -> Option<(f64, f64)> {
        match self {
            Self::Exact(_) | Self::Open(..) => None,
            Self::Mean(interval) => interval.ends(alpha),
            Self::Short(short) => short.mean.ends(alpha).map(|(low, high)| (low, high + short.by)),
            Self::Scaled(scaled) => {
                let (low, high) = scaled.interval.ends(alpha)?;
                Some((scaled.scale.back(low), scaled.scale.back(high)))
            }
            Self::Largest(largest) => {
                let low = largest.top.ends(alpha / count(largest.contenders.len()))?.0;
                let highs = largest.contenders.iter().filter_map(|mean| Some(mean.ends(alpha)?.1));
                Some((low, highs.fold(f64::NEG_INFINITY, f64::max)))
            }
            Self::Median(_) | Self::HalfOf(_) | Self::Apart(_) => self.by_inversion(alpha),
        }
    }

    /// Ends among the places at which the chances change.
    fn by_inversion(&self, alpha: f64) -> Option<(f64, f64)> {
        let places = self.places(alpha)?;
        // an end was computed from its chance: allow for its last digits
        let is_shown = |p: Option<f64>| p.is_some_and(|p| p <= 0.5 * alpha * (1.0 + 1e-6));
        let low = places.iter().rev().copied().find(|x| is_shown(self.p_at_most(*x)));
        let high = places.iter().copied().find(|x| is_shown(self.p_at_least(*x)));
        let least = if matches!(self, Self::Apart(_)) { 0.0 } else { f64::NEG_INFINITY };
        Some((low.unwrap_or(least), high.unwrap_or(f64::INFINITY)))
    }

    /// Candidates for the ends, in rising order.
    fn places(&self, alpha: f64) -> Option<Vec<f64>> {
        let mut places: Vec<f64> = match self {
            Self::Median(values) => values.clone(),
            Self::HalfOf(sizes) => sizes.iter().map(|s| s.size).collect(),
            Self::Apart(pairs) => {
                let pairs_and_sides = 2.0 * count(pairs.len());
                let mut all = Vec::new();
                for pair in pairs {
                    // p_at_most is twice the smallest over pairs; p_at_least the largest
                    let (low, high) = pair.ends(alpha / pairs_and_sides)?;
                    let (inner_low, inner_high) = pair.ends(alpha)?;
                    all.extend([low, -high, inner_high, -inner_low].into_iter().filter(|x| *x >= 0.0));
                }
                all
            }
            _ => return None,
        };
        places.sort_by(f64::total_cmp);
        Some(places)
    }
}

/// The smallest of several chances, times their number (Bonferroni).
fn smallest(chances: Vec<f64>) -> Option<f64> {
    let n = count(chances.len());
    chances.into_iter().reduce(f64::min).map(|p| (n * p).min(1.0))
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    Some(if sorted.len().is_multiple_of(2) { 0.5 * (sorted[middle - 1] + upper) } else { upper })
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests;
