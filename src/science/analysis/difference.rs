//! The difference of two means: over pairs where replicates belong together, else by Welch's test.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::comparison::p_value;
use super::interval::{Interval, NoInterval, is_one_value};
use super::student::{student_quantile, student_tails};

/// How two sets of replicates are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "DifferenceMethod")]
pub enum Method {
    /// Differences of replicates with equal numbers, which drew the same random numbers: the
    /// interval is that of their mean.
    Paired,
    /// Difference of the means of independent replicates (Welch 1947), with the degrees of freedom
    /// of Satterthwaite rounded down.
    Welch,
}

/// A difference with its 95 % interval and two-sided p-value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// How it was compared.
    pub method: Method,
    /// Number of replicates of the baseline that were used.
    pub n_baseline: usize,
    /// Number of replicates of the other setting that were used.
    pub n: usize,
    /// The other mean minus the baseline's.
    pub difference: f64,
    /// Lower end of the two-sided 95 % interval of the difference.
    pub ci95_low: Option<f64>,
    /// Upper end of the two-sided 95 % interval of the difference.
    pub ci95_high: Option<f64>,
    /// Chance of so large a difference between equal settings: two-sided; `null` where the
    /// difference has no interval.
    pub p_value: Option<f64>,
    /// Why there is no interval, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_interval: Option<NoInterval>,
}

impl Difference {
    /// Over pairs: both have the same replicates in the same order. `None` without any.
    #[must_use]
    pub fn paired(baseline: &[f64], other: &[f64]) -> Option<Self> {
        let differences: Vec<f64> = baseline.iter().zip(other).map(|(a, b)| b - a).collect();
        let interval = Interval::of(&differences)?;
        Some(Self {
            method: Method::Paired,
            n_baseline: interval.n,
            n: interval.n,
            difference: interval.mean,
            ci95_low: interval.ci95_low,
            ci95_high: interval.ci95_high,
            p_value: p_value(&interval),
            no_interval: interval.no_interval,
        })
    }

    /// Of independent replicates. `None` where one side has none.
    #[must_use]
    pub fn unpaired(baseline: &[f64], other: &[f64]) -> Option<Self> {
        let (a, b) = (Moments::of(baseline)?, Moments::of(other)?);
        let bare = Self {
            method: Method::Welch,
            n_baseline: baseline.len(),
            n: other.len(),
            difference: b.mean - a.mean,
            ci95_low: None,
            ci95_high: None,
            p_value: None,
            no_interval: None,
        };
        if baseline.len() < 2 || other.len() < 2 {
            return Some(Self { no_interval: Some(NoInterval::OneReplicate), ..bare });
        }
        if is_one_value(baseline) || is_one_value(other) {
            return Some(Self { no_interval: Some(NoInterval::NoSpread), ..bare });
        }
        let error = (a.of_mean + b.of_mean).sqrt();
        let freedom = freedom(&a, &b);
        let half = student_quantile(0.975, freedom) * error;
        Some(Self {
            ci95_low: Some(bare.difference - half),
            ci95_high: Some(bare.difference + half),
            p_value: Some(student_tails(bare.difference / error, freedom)),
            ..bare
        })
    }
}

/// What Welch's test needs of one side.
struct Moments {
    mean: f64,
    /// Variance of the mean.
    of_mean: f64,
    /// Degrees of freedom of the variance.
    freedom: f64,
}

impl Moments {
    #[expect(clippy::cast_precision_loss, reason = "counts of replicates are small")]
    fn of(values: &[f64]) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let freedom = (n - 1.0).max(1.0);
        Some(Self { mean, of_mean: squares / freedom / n, freedom })
    }
}

/// Satterthwaite's degrees of freedom, rounded down: the test becomes no sharper than it is.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and the counts")]
fn freedom(a: &Moments, b: &Moments) -> usize {
    let both = a.of_mean + b.of_mean;
    let spread = a.of_mean * a.of_mean / a.freedom + b.of_mean * b.of_mean / b.freedom;
    ((both * both / spread) as usize).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::seed::{Purpose, Streams, standard_normal};

    #[test]
    fn pairs_have_the_closed_form_of_three_degrees_of_freedom() {
        // differences -1, 0, 4, 5: as in the comparisons within a job
        let found = Difference::paired(&[1.0, 5.0, 2.0, 2.0], &[0.0, 5.0, 6.0, 7.0]).unwrap();
        let t = 2.0 / (26.0f64 / 12.0).sqrt();
        let root3 = 3f64.sqrt();
        let cumulative =
            0.5 + ((t / root3) / (1.0 + t * t / 3.0) + (t / root3).atan()) / std::f64::consts::PI;
        assert!((found.p_value.unwrap() - 2.0 * (1.0 - cumulative)).abs() < 1e-9);
        assert_eq!((found.difference, found.n), (2.0, 4));
    }

    #[test]
    fn welchs_test_has_the_closed_form_of_two_degrees_of_freedom() {
        // variances 1 and 4 over 3 each: t = 4 / sqrt(5/3), and 25/9 over 17/18 = 2.94 degrees of
        // freedom, that is 2, where the tails are 1 - t / sqrt(2 + t^2) and the 97.5 % quantile is
        // .95 sqrt(2 / (1 - .95^2))
        let found = Difference::unpaired(&[1.0, 2.0, 3.0], &[4.0, 6.0, 8.0]).unwrap();
        let error = (5.0f64 / 3.0).sqrt();
        let t = 4.0 / error;
        assert!((found.p_value.unwrap() - (1.0 - t / (2.0 + t * t).sqrt())).abs() < 1e-9);
        let half = 0.95 * (2.0f64 / (1.0 - 0.95 * 0.95)).sqrt() * error;
        assert!((found.ci95_low.unwrap() - (4.0 - half)).abs() < 1e-9);
        assert!((found.ci95_high.unwrap() - (4.0 + half)).abs() < 1e-9);
    }

    #[test]
    fn without_spread_nothing_is_decided() {
        let why = |a: &[f64], b: &[f64]| Difference::unpaired(a, b).unwrap().no_interval;
        assert_eq!(why(&[1.0], &[2.0, 3.0]), Some(NoInterval::OneReplicate));
        assert_eq!(why(&[1.0, 1.0], &[2.0, 3.0]), Some(NoInterval::NoSpread));
        assert_eq!(why(&[1.0, 2.0], &[2.0, 3.0]), None);
        assert!(Difference::unpaired(&[], &[1.0]).is_none() && Difference::paired(&[], &[]).is_none());
    }

    #[test]
    fn equal_means_are_called_different_once_in_twenty_at_most() {
        let mut stream = Streams { seed: 4, replicate: 0 }.stream(Purpose::TrainingData);
        let mut draw =
            |n: usize, sd: f64| -> Vec<f64> { (0..n).map(|_| sd * standard_normal(&mut stream)).collect() };
        let tries = 4000;
        let wrong = (0..tries).filter(|_| {
            let found = Difference::unpaired(&draw(5, 1.0), &draw(9, 3.0)).unwrap();
            found.p_value.unwrap() < 0.05
        });
        let share = wrong.count() as f64 / f64::from(tries);
        assert!(share < 0.05 + 3.0 * (0.05f64 * 0.95 / f64::from(tries)).sqrt() && share > 0.02, "{share}");
    }
}
