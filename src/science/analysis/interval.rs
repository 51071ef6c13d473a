//! Intervals over independent replicates of (data, initial weights, noise).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::student::{student_quantile, student_upper_tail};

/// Mean over independent replicates with its 95 % interval: Student's t after a correction for
/// skewness (Hall 1992), chosen by measured coverage (docs/math/intervals.md). Without an interval,
/// `no_interval` says why.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// Number of replicates.
    pub n: usize,
    /// Mean.
    pub mean: f64,
    /// Standard deviation of single replicates (n - 1 in the denominator).
    pub sd: Option<f64>,
    /// Skewness of the replicates (third central moment over the third power of the standard
    /// deviation, both with n in the denominator).
    pub skewness: Option<f64>,
    /// Lower end of the two-sided 95 % interval of the mean.
    pub ci95_low: Option<f64>,
    /// Upper end of the two-sided 95 % interval of the mean.
    pub ci95_high: Option<f64>,
    /// Why there is no interval, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_interval: Option<NoInterval>,
    /// What the mean can be, where it cannot be everything.
    #[serde(skip)]
    pub range: Option<(f64, f64)>,
}

/// Why a number has no interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoInterval {
    /// A single replicate has no spread.
    OneReplicate,
    /// All replicates, or all but one, have the same value: nothing is known of how the others
    /// are distributed.
    NoSpread,
    /// All replicates, or all but one, hold all of their data: the mean is at least this, and
    /// larger data would be held too.
    Censored,
    /// The number is the place of a maximum, a share of a variance or the like, for which no
    /// interval is known to cover.
    NoMethod,
    /// The number is made of several means of which one is censored: it may lie on either side.
    CensoredPart,
    /// A ratio of averages has no value for a single replicate, so it cannot be paired.
    RatioOfAverages,
}

impl NoInterval {
    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneReplicate => "one_replicate",
            Self::NoSpread => "no_spread",
            Self::Censored => "censored",
            Self::NoMethod => "no_method",
            Self::CensoredPart => "censored_part",
            Self::RatioOfAverages => "ratio_of_averages",
        }
    }

    /// The reason in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::OneReplicate => "one replicate has no interval",
            Self::NoSpread => {
                "all replicates but at most one have the same value: no interval (a claim about the median needs none)"
            }
            Self::Censored => {
                "censored: all replicates but at most one hold all of their data, so the mean is at least this"
            }
            Self::NoMethod => "no interval is known for this number",
            Self::CensoredPart => {
                "a capacity of which it is made is censored (its replicates hold all of their data), so it may lie on either side"
            }
            Self::RatioOfAverages => "a ratio of averages cannot be paired by replicate",
        }
    }
}

impl Interval {
    /// The interval of `values`; `None` without any.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of replicates are small")]
    pub fn of(values: &[f64]) -> Option<Self> {
        let n = values.len();
        if n == 0 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n as f64;
        let bare = Self {
            n,
            mean,
            sd: None,
            skewness: None,
            ci95_low: None,
            ci95_high: None,
            no_interval: Some(NoInterval::OneReplicate),
            range: None,
        };
        if n == 1 {
            return Some(bare);
        }
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let cubes: f64 = values.iter().map(|value| (value - mean) * (value - mean) * (value - mean)).sum();
        let spread = Self { sd: Some((squares / (n - 1) as f64).sqrt()), ..bare };
        if is_one_value(values) {
            return Some(Self { no_interval: Some(NoInterval::NoSpread), ..spread });
        }
        let skewness = cubes / n as f64 / libm::pow(squares / n as f64, 1.5);
        let skewness = if skewness.is_finite() { skewness } else { 0.0 };
        let known = Self { skewness: Some(skewness), no_interval: None, ..spread };
        let ends = known.ends(0.05);
        Some(Self { ci95_low: ends.map(|ends| ends.0), ci95_high: ends.map(|ends| ends.1), ..known })
    }

    /// The interval of a ratio of two means over the same replicates, by its linearization:
    /// the spread is that of `(x - ratio y) / mean y`. `None` without replicates or over 0.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of replicates are small")]
    pub fn of_ratio(numerators: &[f64], denominators: &[f64]) -> Option<Self> {
        if numerators.len() != denominators.len() {
            return None;
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let below = mean(denominators);
        let ratio = mean(numerators) / below;
        let around = numerators.iter().zip(denominators).map(|(x, y)| ratio + (x - ratio * y) / below);
        Self::of(&around.collect::<Vec<f64>>()).filter(|interval| interval.mean.is_finite())
    }

    /// The same number without an interval.
    #[must_use]
    pub fn without_ends(self, why: NoInterval) -> Self {
        Self { ci95_low: None, ci95_high: None, no_interval: Some(why), ..self }
    }

    /// The same mean in a unit that is so many times as large.
    #[must_use]
    pub fn over(self, unit: f64) -> Self {
        let by = |number: f64| number / unit;
        Self {
            mean: by(self.mean),
            sd: self.sd.map(by),
            ci95_low: self.ci95_low.map(by),
            ci95_high: self.ci95_high.map(by),
            range: self.range.map(|(least, most)| (by(least), by(most))),
            ..self
        }
    }

    /// The same interval within what the mean can be: a share is never below 0.
    #[must_use]
    pub fn within(self, least: f64, most: f64) -> Self {
        let ranged = Self { range: Some((least, most)), ..self };
        let ends = ranged.ends(0.05);
        Self { ci95_low: ends.map(|ends| ends.0), ci95_high: ends.map(|ends| ends.1), ..ranged }
    }

    /// Both ends of the two-sided interval that misses the mean with a chance of `alpha`; `None`
    /// where there is no interval.
    #[must_use]
    pub fn ends(&self, alpha: f64) -> Option<(f64, f64)> {
        let (sd, n) = (self.sd?, self.root_n());
        if self.no_interval.is_some() {
            return None;
        }
        let quantile = student_quantile(1.0 - 0.5 * alpha, self.n - 1);
        let end = |quantile: f64| self.mean - self.uncorrected(quantile / n) * sd;
        let (least, most) = self.range.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        Some((end(quantile).clamp(least, most), end(-quantile).clamp(least, most)))
    }

    /// The chance of such replicates, or of some that lie higher, if the mean is at most `x`:
    /// small where they show that it is larger. `None` where there is no interval.
    #[must_use]
    pub fn p_at_most(&self, x: f64) -> Option<f64> {
        Some(student_upper_tail(self.root_n() * self.corrected(x)?, self.n - 1))
    }

    /// The chance of such replicates, or of some that lie lower, if the mean is at least `x`:
    /// small where they show that it is smaller. `None` where there is no interval.
    #[must_use]
    pub fn p_at_least(&self, x: f64) -> Option<f64> {
        Some(student_upper_tail(-self.root_n() * self.corrected(x)?, self.n - 1))
    }

    /// The one-sided 95 % lower bound of the mean.
    #[must_use]
    pub fn lower_bound_95(&self) -> Option<f64> {
        Some(self.ends(0.1)?.0)
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of replicates are small")]
    fn root_n(&self) -> f64 {
        (self.n as f64).sqrt()
    }

    /// Hall's g of the distance of the mean from `x` in standard deviations,
    /// `g(w) = w + s w^2/3 + s^2 w^3/27 + s/6n`: about Student's over the root of n.
    fn corrected(&self, x: f64) -> Option<f64> {
        let (sd, skewness) = (self.sd?, self.skewness?);
        if self.no_interval.is_some() {
            return None;
        }
        let w = (self.mean - x) / sd;
        let bend = skewness / 3.0;
        Some(w + bend * w * w + bend * bend * w * w * w / 3.0 + self.shift())
    }

    /// The inverse of g: `(1 + s w/3)^3 = 1 + s (g - s/6n)`.
    fn uncorrected(&self, g: f64) -> f64 {
        let skewness = self.skewness.unwrap_or(0.0);
        let straight = g - self.shift();
        if skewness.abs() < 1e-6 {
            return straight;
        }
        3.0 * (libm::cbrt(1.0 + skewness * straight) - 1.0) / skewness
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of replicates are small")]
    fn shift(&self) -> f64 {
        self.skewness.unwrap_or(0.0) / (6.0 * self.n as f64)
    }
}

/// Whether all values, or all but one of at least four, are the same number.
pub(super) fn is_one_value(values: &[f64]) -> bool {
    let others = |value: &f64| values.iter().filter(|other| (*other - value).abs() > 0.0).count();
    let fewest = values.iter().take(2).map(others).min().unwrap_or(0);
    fewest == 0 || (fewest == 1 && values.len() >= 4)
}

#[cfg(test)]
mod tests;
