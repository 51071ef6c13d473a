//! Scaling: bits against parameters, through several sizes of one network.

use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::interval::expanded_tail;
use crate::science::seed::{Purpose, Streams};

/// One size with the bits of its replicates, `None` where there are none.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalingPoint {
    /// Trainable parameters.
    pub parameters: u64,
    /// Bits of each replicate.
    pub bits: Vec<Option<f64>>,
}

/// A straight line through the mean bits of at least three sizes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scaling {
    /// Slope: bits that a further parameter brings.
    pub bits_per_parameter: Estimate,
    /// Where the line begins.
    pub intercept_bits: Estimate,
    /// Slope of log bits on log parameters, 1 where bits are proportional.
    pub exponent: Option<Estimate>,
    /// Share of the means' variance that the line explains.
    pub r_squared: f64,
    /// Sizes.
    pub sizes: usize,
    /// Replicates that have bits at every size.
    pub replicates: usize,
    /// How the intervals were made.
    pub method: String,
}

/// A number with its interval over replicates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Lower end of the 95 % interval; `null` with a single replicate.
    pub ci95_low: Option<f64>,
    /// Upper end of it.
    pub ci95_high: Option<f64>,
}

const RESAMPLES: usize = 2000;
const METHOD: &str = "least squares on means; expanded percentiles of 2000 resamples of replicates";

/// The line through the sizes. `None` with fewer than three different ones, or without
/// a replicate that has bits at all of them.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub fn scaling(points: &[ScalingPoint]) -> Option<Scaling> {
    let mut sizes: Vec<u64> = points.iter().map(|point| point.parameters).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let count = points.iter().map(|point| point.bits.len()).min()?;
    let has_all = |r: &usize| points.iter().all(|point| point.bits[*r].is_some());
    let replicates: Vec<usize> = (0..count).filter(has_all).collect();
    if sizes.len() < 3 || replicates.is_empty() {
        return None;
    }
    let x: Vec<f64> = points.iter().map(|point| point.parameters as f64).collect();
    // replicates share their draws across sizes, so they are resampled together
    let means = |chosen: &[usize]| -> Vec<f64> {
        let of = |point: &ScalingPoint| chosen.iter().filter_map(|r| point.bits[*r]).sum::<f64>();
        points.iter().map(|point| of(point) / chosen.len() as f64).collect()
    };
    let fit = |chosen: &[usize]| {
        let y = means(chosen);
        let (slope, intercept) = line(&x, &y);
        let logs = y.iter().all(|bits| *bits > 0.0).then(|| {
            let log = |values: &[f64]| values.iter().map(|v| libm::log(*v)).collect::<Vec<_>>();
            line(&log(&x), &log(&y)).0
        });
        (slope, intercept, logs)
    };
    let (slope, intercept, exponent) = fit(&replicates);
    let n = replicates.len();
    let mut stream = Streams { seed: 0, replicate: 0 }.stream(Purpose::Bootstrap);
    let mut resampled = Vec::new();
    for _ in 0..if n > 1 { RESAMPLES } else { 0 } {
        let chosen: Vec<usize> = (0..n).map(|_| replicates[stream.random_range(0..n)]).collect();
        resampled.push(fit(&chosen));
    }
    let estimate = |value, of: &dyn Fn(&(f64, f64, Option<f64>)) -> Option<f64>| {
        let (low, high) = percentiles(resampled.iter().filter_map(of).collect(), n);
        Estimate { value, ci95_low: low, ci95_high: high }
    };
    Some(Scaling {
        bits_per_parameter: estimate(slope, &|fit| Some(fit.0)),
        intercept_bits: estimate(intercept, &|fit| Some(fit.1)),
        exponent: exponent.map(|value| estimate(value, &|fit| fit.2)),
        r_squared: r_squared(&x, &means(&replicates), slope, intercept),
        sizes: sizes.len(),
        replicates: n,
        method: METHOD.to_owned(),
    })
}

/// Slope and intercept of least squares.
#[expect(clippy::cast_precision_loss, reason = "few sizes")]
fn line(x: &[f64], y: &[f64]) -> (f64, f64) {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mx, my) = (mean(x), mean(y));
    let xy: f64 = x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum();
    let xx: f64 = x.iter().map(|x| (x - mx) * (x - mx)).sum();
    (xy / xx, my - xy / xx * mx)
}

#[expect(clippy::cast_precision_loss, reason = "few sizes")]
fn r_squared(x: &[f64], y: &[f64], slope: f64, intercept: f64) -> f64 {
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    let total: f64 = y.iter().map(|y| (y - mean) * (y - mean)).sum();
    let left = x.iter().zip(y).map(|(x, y)| y - slope * x - intercept).map(|r| r * r);
    if total > 0.0 { 1.0 - left.sum::<f64>() / total } else { 0.0 }
}

/// Percentiles of resampled values, expanded since those of few replicates are too
/// narrow (Hesterberg 2015, section 4.2): further out by `sqrt(n / (n - 1))` and by Student's
/// quantile in place of the normal one.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of two thousand"
)]
fn percentiles(mut values: Vec<f64>, replicates: usize) -> (Option<f64>, Option<f64>) {
    if values.len() < RESAMPLES {
        return (None, None);
    }
    values.sort_by(f64::total_cmp);
    let out = (expanded_tail(replicates) * RESAMPLES as f64) as usize;
    (values.get(out).copied(), values.get(RESAMPLES - 1 - out).copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::seed::standard_normal;

    fn point(parameters: u64, bits: &[f64]) -> ScalingPoint {
        ScalingPoint { parameters, bits: bits.iter().copied().map(Some).collect() }
    }

    #[test]
    fn a_line_and_a_power_law_are_found() {
        let exact = scaling(&[point(10, &[21.0]), point(20, &[41.0]), point(40, &[81.0])]).unwrap();
        assert!(
            (exact.bits_per_parameter.value - 2.0).abs() < 1e-12 && (exact.r_squared - 1.0).abs() < 1e-12
        );
        assert!((exact.intercept_bits.value - 1.0).abs() < 1e-9);
        assert_eq!((exact.bits_per_parameter.ci95_low, exact.replicates), (None, 1));
        let power =
            scaling(&[point(1, &[3.0]), point(4, &[6.0]), point(16, &[12.0])]).unwrap().exponent.unwrap();
        assert!((power.value - 0.5).abs() < 1e-12);
        assert!(scaling(&[point(1, &[3.0]), point(1, &[3.0]), point(2, &[3.0])]).is_none(), "two sizes");
    }

    #[test]
    fn the_interval_of_the_slope_holds_it_as_often_as_it_says() {
        let mut stream = Streams { seed: 4, replicate: 0 }.stream(Purpose::TrainingData);
        let sets = 400;
        let held = (0..sets).filter(|_| {
            let mut draw = |parameters: u32| {
                let bits: Vec<f64> = (0..8)
                    .map(|_| 2.0 * f64::from(parameters) + 5.0 * standard_normal(&mut stream))
                    .collect();
                point(parameters.into(), &bits)
            };
            let found = scaling(&[draw(50), draw(100), draw(200)]).unwrap().bits_per_parameter;
            found.ci95_low.unwrap() <= 2.0 && 2.0 <= found.ci95_high.unwrap()
        });
        let share = held.count() as f64 / f64::from(sets);
        assert!((0.92..=0.98).contains(&share), "{share}");
    }
}
