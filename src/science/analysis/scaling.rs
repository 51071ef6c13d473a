//! Scaling: bits against parameters, through several sizes of one network.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::interval::{Interval, NoInterval};
use super::jackknife::{Scale, Scaled, jackknife};

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
    /// Share of the means' variance that the line explains. It has no interval: near 1 none is known
    /// to cover; ask for the exponent instead.
    pub r_squared: f64,
    /// Sizes.
    pub sizes: usize,
    /// Replicates that have bits at every size.
    pub replicates: usize,
    /// How the intervals were made.
    pub method: String,
    /// What verdicts are made from.
    #[serde(skip)]
    pub evidence: ScalingEvidence,
}

/// What the replicates say of slope and exponent, at any level.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScalingEvidence {
    /// Slope of each replicate's line.
    pub slope: Option<Interval>,
    /// Exponent, by the jackknife.
    pub exponent: Option<Scaled>,
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

const METHOD: &str = "least squares on means over replicates; slope and intercept are means of those of each replicate, \
                      the exponent has a jackknife";

/// The line through the sizes. `None` with fewer than three different ones, or without
/// a replicate that has bits at all of them.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub fn scaling(points: &[ScalingPoint]) -> Option<Scaling> {
    // sums do not depend on the order in which a sweep lists its sizes
    let mut points = points.to_vec();
    points.sort_by(|a, b| a.parameters.cmp(&b.parameters).then_with(|| by_bits(a, b)));
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
    let bits = |r: usize| points.iter().filter_map(|point| point.bits[r]).collect::<Vec<f64>>();
    // least squares are linear in the bits: the line of means is the mean of the lines
    let lines: Vec<(f64, f64)> = replicates.iter().map(|r| line(&x, &bits(*r))).collect();
    let slope = Interval::of(&lines.iter().map(|line| line.0).collect::<Vec<_>>())?;
    let intercept = Interval::of(&lines.iter().map(|line| line.1).collect::<Vec<_>>())?;
    let means = |chosen: &[usize]| -> Vec<f64> {
        let of = |point: &ScalingPoint| chosen.iter().filter_map(|i| point.bits[replicates[*i]]).sum::<f64>();
        points.iter().map(|point| of(point) / chosen.len() as f64).collect()
    };
    let n = replicates.len();
    let all: Vec<usize> = (0..n).collect();
    let power = |chosen: &[usize]| {
        let log = |values: &[f64]| values.iter().map(|v| libm::log(*v)).collect::<Vec<_>>();
        let y = means(chosen);
        y.iter().all(|bits| *bits > 0.0).then(|| line(&log(&x), &log(&y)).0)
    };
    let exponent = power(&all).map(|value| {
        let alone = Interval { mean: value, ..slope.without_ends(NoInterval::OneReplicate) };
        let interval = jackknife(n, power, |x| x).unwrap_or(alone);
        Scaled { value, interval, scale: Scale::Linear }
    });
    Some(Scaling {
        bits_per_parameter: Estimate::of_mean(&slope),
        intercept_bits: Estimate::of_mean(&intercept),
        exponent: exponent.as_ref().map(Estimate::of_scaled),
        r_squared: r_squared(&x, &means(&all), slope.mean, intercept.mean),
        sizes: sizes.len(),
        replicates: n,
        method: METHOD.to_owned(),
        evidence: ScalingEvidence { slope: Some(slope), exponent },
    })
}

fn by_bits(a: &ScalingPoint, b: &ScalingPoint) -> std::cmp::Ordering {
    let bits = |point: &ScalingPoint| point.bits.iter().flatten().copied().collect::<Vec<f64>>();
    let pairs = bits(a).into_iter().zip(bits(b));
    pairs.map(|(a, b)| a.total_cmp(&b)).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
}

impl Scaling {
    /// The same without intervals, and why.
    #[must_use]
    pub fn without_intervals(self, why: NoInterval) -> Self {
        let without = |estimate: Estimate| Estimate { ci95_low: None, ci95_high: None, ..estimate };
        let exponent = self.evidence.exponent;
        let exponent =
            exponent.map(|scaled| Scaled { interval: scaled.interval.without_ends(why), ..scaled });
        Self {
            bits_per_parameter: without(self.bits_per_parameter),
            intercept_bits: without(self.intercept_bits),
            exponent: self.exponent.map(without),
            evidence: ScalingEvidence {
                slope: self.evidence.slope.map(|slope| slope.without_ends(why)),
                exponent,
            },
            ..self
        }
    }
}

impl Estimate {
    /// A mean with its interval.
    #[must_use]
    pub fn of_mean(mean: &Interval) -> Self {
        Self { value: mean.mean, ci95_low: mean.ci95_low, ci95_high: mean.ci95_high }
    }

    /// A number whose interval was made on another scale.
    #[must_use]
    pub fn of_scaled(scaled: &Scaled) -> Self {
        let ends = scaled.ends_95();
        Self { value: scaled.value, ci95_low: ends.map(|ends| ends.0), ci95_high: ends.map(|ends| ends.1) }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::seed::{Purpose, Streams, standard_normal};

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
