//! Comparisons: paired by replicate, and corrected for how many there are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::interval::Interval;

/// Values of one quantity in two settings, by replicate; `None` where a trial gave none.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// In the setting that is compared with.
    pub baseline: Vec<Option<f64>>,
    /// In the other setting.
    pub other: Vec<Option<f64>>,
}

/// How two settings differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// The other setting minus the baseline, over replicates that have both.
    pub difference: Interval,
    /// The mean difference over the baseline's mean, where that is not 0.
    pub relative: Option<f64>,
    /// Chance of so large a difference between equal settings: two-sided, paired, the inverse of the
    /// interval; `null` where the difference has no interval.
    pub p_value: Option<f64>,
    /// The same, corrected for all comparisons of the quantity (Holm 1979).
    pub p_holm: Option<f64>,
    /// Whether it is below 0.05 after correction.
    pub significant: Option<bool>,
}

/// Compares the pairs of one family; `None` for a pair without any replicate in both.
#[must_use]
pub fn compare(pairs: &[Pair]) -> Vec<Option<Comparison>> {
    let mut all: Vec<Option<Comparison>> = pairs.iter().map(alone).collect();
    let p_values: Vec<f64> = all.iter().flatten().filter_map(|comparison| comparison.p_value).collect();
    let mut corrected = holm(&p_values).into_iter();
    for comparison in all.iter_mut().flatten().filter(|comparison| comparison.p_value.is_some()) {
        comparison.p_holm = corrected.next();
        comparison.significant = comparison.p_holm.map(|p| p < 0.05);
    }
    all
}

fn alone(pair: &Pair) -> Option<Comparison> {
    let both: Vec<(f64, f64)> =
        pair.baseline.iter().zip(&pair.other).filter_map(|(a, b)| a.zip(*b)).collect();
    let difference = Interval::of(&both.iter().map(|(a, b)| b - a).collect::<Vec<_>>())?;
    let baseline = Interval::of(&both.iter().map(|(a, _)| *a).collect::<Vec<_>>())?.mean;
    Some(Comparison {
        difference,
        relative: (baseline != 0.0).then(|| difference.mean / baseline),
        p_value: p_value(&difference),
        p_holm: None,
        significant: None,
    })
}

/// Twice the smaller one-sided chance: the interval of the difference inverted at 0.
pub(super) fn p_value(difference: &Interval) -> Option<f64> {
    Some(2.0 * difference.p_at_most(0.0)?.min(difference.p_at_least(0.0)?))
}

/// Holm's step-down correction: the i-th smallest of m is multiplied by m - i, and none
/// is below one before it.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "comparisons are few")]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let m = p_values.len();
    let mut order: Vec<usize> = (0..m).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut corrected = vec![0.0; m];
    let mut largest: f64 = 0.0;
    for (i, place) in order.into_iter().enumerate() {
        largest = largest.max((m - i) as f64 * p_values[place]).min(1.0);
        corrected[place] = largest;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::seed::{Purpose, Streams, standard_normal};

    fn pair(baseline: &[f64], other: &[f64]) -> Pair {
        let some = |values: &[f64]| values.iter().copied().map(Some).collect();
        Pair { baseline: some(baseline), other: some(other) }
    }

    #[test]
    fn the_correction_is_holms() {
        let corrected = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in corrected.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - expected).abs() < 1e-12, "{corrected:?}");
        }
    }

    #[test]
    fn a_paired_test_has_its_closed_form() {
        // differences -1, 0, 4, 5 have mean 2 and no skewness: t = 2 / sqrt(26/3 / 4), with
        // 3 degrees of freedom
        let all = compare(&[pair(&[1.0, 5.0, 2.0, 2.0], &[0.0, 5.0, 6.0, 7.0])]);
        let comparison = all[0].as_ref().unwrap();
        let t = 2.0 / (26.0f64 / 12.0).sqrt();
        let root3 = 3f64.sqrt();
        let cumulative =
            0.5 + ((t / root3) / (1.0 + t * t / 3.0) + (t / root3).atan()) / std::f64::consts::PI;
        assert!((comparison.p_value.unwrap() - 2.0 * (1.0 - cumulative)).abs() < 1e-9);
        assert!((comparison.relative.unwrap() - 2.0 / 2.5).abs() < 1e-12);
        assert_eq!(comparison.significant, Some(false));
    }

    #[test]
    fn missing_replicates_are_left_out_of_both() {
        let mut one = pair(&[1.0, 100.0, 3.0], &[2.0, 5.0, 7.0]);
        one.baseline[1] = None;
        let all = compare(&[one, pair(&[], &[])]);
        let comparison = all[0].as_ref().unwrap();
        // of 1 and 4: t = 2.5 / 1.5, with 1 degree of freedom
        assert_eq!((comparison.difference.n, comparison.difference.mean), (2, 2.5));
        let p = 1.0 - 2.0 * (5.0f64 / 3.0).atan() / std::f64::consts::PI;
        assert!((comparison.p_value.unwrap() - p).abs() < 1e-9 && all[1].is_none());
    }

    #[test]
    fn equal_settings_are_called_different_once_in_twenty_families_at_most() {
        let mut stream = Streams { seed: 9, replicate: 0 }.stream(Purpose::TrainingData);
        let mut draw = || -> Vec<f64> { (0..8).map(|_| standard_normal(&mut stream)).collect() };
        let families = 2000;
        let wrong = (0..families).filter(|_| {
            let pairs: Vec<Pair> = (0..5).map(|_| pair(&draw(), &draw())).collect();
            compare(&pairs).iter().flatten().any(|comparison| comparison.significant == Some(true))
        });
        let share = wrong.count() as f64 / f64::from(families);
        assert!(share < 0.05 + 3.0 * (0.05f64 * 0.95 / f64::from(families)).sqrt(), "{share}");
    }
}
