//! Scaling: bits against parameters, through several sizes of one network.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, Term};
use super::interval::Interval;
use super::jackknife::Scale;

/// One size with what is known of its bits.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalingPoint {
    /// Trainable parameters.
    pub parameters: u64,
    /// Its bits.
    pub bits: Evidence,
    /// Replicates that they rest on.
    pub replicates: usize,
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
    /// Replicates of the size that has the fewest.
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
    /// Slope of the line.
    pub slope: Option<Evidence>,
    /// Slope of the line through the logarithms; none where a size has no bits.
    pub exponent: Option<Evidence>,
}

/// A number with its interval over replicates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Lower end of the 95 % interval; `null` with a single replicate, where it is not shown, and where
    /// a capacity of which the number is made is censored.
    pub ci95_low: Option<f64>,
    /// Upper end of it.
    pub ci95_high: Option<f64>,
}

const METHOD: &str = "least squares; the intervals of all sizes, with the choice of their peaks, add up in squares on each side \
                      (Zou and Donner 2008)";

/// The line through the sizes. `None` with fewer than three different ones, or where one has no
/// estimate.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub fn scaling(points: &[ScalingPoint]) -> Option<Scaling> {
    let known = points.iter().map(|point| Some((point.parameters as f64, point.bits.value()?, point)));
    let mut known: Vec<(f64, f64, &ScalingPoint)> = known.collect::<Option<_>>()?;
    // sums do not depend on the order in which a sweep lists its sizes
    known.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut sizes: Vec<u64> = known.iter().map(|(_, _, point)| point.parameters).collect();
    sizes.dedup();
    if sizes.len() < 3 {
        return None;
    }
    let (x, y): (Vec<f64>, Vec<f64>) = known.iter().map(|(x, y, _)| (*x, *y)).unzip();
    let sum = |by: Vec<f64>, scale: Scale| {
        let terms =
            by.into_iter().zip(&known).map(|(by, (.., point))| Term { by, scale, of: point.bits.clone() });
        Evidence::Sum(terms.collect())
    };
    let rises = rises(&x);
    let (count, middle) = (x.len() as f64, mean(&x));
    let slope = sum(rises.clone(), Scale::Linear);
    let intercept = sum(rises.iter().map(|rise| 1.0 / count - rise * middle).collect(), Scale::Linear);
    let is_positive = y.iter().all(|bits| *bits > 0.0);
    let logarithms: Vec<f64> = x.iter().map(|x| libm::log2(*x)).collect();
    let exponent = is_positive.then(|| sum(self::rises(&logarithms), Scale::Log2));
    Some(Scaling {
        bits_per_parameter: Estimate::of(&slope)?,
        intercept_bits: Estimate::of(&intercept)?,
        exponent: exponent.as_ref().and_then(Estimate::of),
        r_squared: r_squared(&x, &y, slope.value()?, intercept.value()?),
        sizes: sizes.len(),
        replicates: points.iter().map(|point| point.replicates).min()?,
        method: METHOD.to_owned(),
        evidence: ScalingEvidence { slope: Some(slope), exponent },
    })
}

impl Estimate {
    /// A mean with its interval.
    #[must_use]
    pub fn of_mean(mean: &Interval) -> Self {
        Self { value: mean.mean, ci95_low: mean.ci95_low, ci95_high: mean.ci95_high }
    }

    /// What evidence says; `None` where there is no number.
    fn of(evidence: &Evidence) -> Option<Self> {
        let ends = if evidence.no_interval().is_none() { evidence.ends(0.05) } else { None };
        let shown = |end: f64| Some(end).filter(|end| end.is_finite());
        Some(Self {
            value: evidence.value()?,
            ci95_low: ends.and_then(|ends| shown(ends.0)),
            ci95_high: ends.and_then(|ends| shown(ends.1)),
        })
    }
}

/// By how much the slope of least squares rises with each y.
fn rises(x: &[f64]) -> Vec<f64> {
    let middle = mean(x);
    let xx: f64 = x.iter().map(|x| (x - middle) * (x - middle)).sum();
    x.iter().map(|x| (x - middle) / xx).collect()
}

#[expect(clippy::cast_precision_loss, reason = "few sizes")]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
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
        let replicates = bits.len();
        ScalingPoint { parameters, bits: Evidence::Mean(Interval::of(bits).unwrap()), replicates }
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
        assert!((0.93..=0.99).contains(&share), "{share}");
    }
}
