//! Intervals over independent replicates of (data, initial weights, noise).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::student::student_quantile;
use crate::science::special::normal_tail;

/// Mean over independent draws, with Student's t-interval. A single draw has
/// no spread: `sd` and the interval are then absent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// Draws.
    pub n: usize,
    /// Mean.
    pub mean: f64,
    /// Standard deviation of single draws (n - 1 in the denominator).
    pub sd: Option<f64>,
    /// Lower end of the two-sided 95 % interval of the mean.
    pub ci95_low: Option<f64>,
    /// Upper end of the two-sided 95 % interval of the mean.
    pub ci95_high: Option<f64>,
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
        if n == 1 {
            return Some(Self { n, mean, sd: None, ci95_low: None, ci95_high: None });
        }
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let sd = (squares / (n - 1) as f64).sqrt();
        let half = student_quantile(0.975, n - 1) * sd / (n as f64).sqrt();
        Some(Self { n, mean, sd: Some(sd), ci95_low: Some(mean - half), ci95_high: Some(mean + half) })
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

    /// The one-sided 95 % lower bound of the mean.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of replicates are small")]
    pub fn lower_bound_95(&self) -> Option<f64> {
        let sd = self.sd?;
        Some(self.mean - student_quantile(0.95, self.n - 1) * sd / (self.n as f64).sqrt())
    }
}

/// Share beyond each end of a 95 % interval of resampled means of n replicates, at which it is
/// as wide as Student's.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of replicates are small")]
pub fn expanded_tail(n: usize) -> f64 {
    let out = (n as f64 / (n as f64 - 1.0)).sqrt() * student_quantile(0.975, n - 1);
    normal_tail(out)
}

/// Two-sided 95 % interval of a share, `successes` of `n` (Wilson 1927).
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub fn wilson_95(successes: usize, n: usize) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    let (n, share) = (n as f64, successes as f64 / n as f64);
    let shrink = 1.0 + Z * Z / n;
    let middle = (share + Z * Z / (2.0 * n)) / shrink;
    let half = Z / shrink * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_textbook_sample_has_its_textbook_interval() {
        let interval = Interval::of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert!((interval.mean - 5.0).abs() < 1e-12);
        assert!((interval.sd.unwrap() - (32.0f64 / 7.0).sqrt()).abs() < 1e-12);
        assert!((interval.ci95_low.unwrap() - (5.0 - 2.364_624 * (32.0f64 / 56.0).sqrt())).abs() < 1e-5);
        assert!(
            (interval.lower_bound_95().unwrap() - (5.0 - 1.894_579 * (32.0f64 / 56.0).sqrt())).abs() < 1e-5
        );
    }

    #[test]
    fn a_ratio_of_means_is_no_mean_of_ratios() {
        let interval = Interval::of_ratio(&[2.0, 4.0, 3.0], &[1.0, 1.0, 4.0]).unwrap();
        assert!((interval.mean - 1.5).abs() < 1e-12);
        // residuals (.5, 2.5, -3) over the mean 2: variance 7.75 / 4
        assert!((interval.sd.unwrap() - (7.75f64 / 4.0).sqrt()).abs() < 1e-12);
        assert_eq!(Interval::of_ratio(&[1.0, 2.0], &[1.0, -1.0]), None);
        assert_eq!(Interval::of_ratio(&[1.0, 2.0], &[1.0]), None);
    }

    #[test]
    fn shares_have_wilsons_interval() {
        // Newcombe 1998, table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29
        for (successes, n, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let (a, b) = wilson_95(successes, n);
            assert!((a - low).abs() < 5e-5 && (b - high).abs() < 5e-5, "{a} {b}");
        }
    }

    #[test]
    fn one_draw_has_no_interval_and_none_no_mean() {
        let single = Interval::of(&[3.0]).unwrap();
        assert_eq!((single.mean, single.ci95_low, single.lower_bound_95()), (3.0, None, None));
        assert_eq!(Interval::of(&[]), None);
    }
}
