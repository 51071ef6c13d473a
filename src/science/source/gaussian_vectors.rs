//! Gaussian vectors of chosen variances: how many bits they hold depends on how
//! exactly they must be known.

use garde::Validate;
use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DataShape, Dataset, Distribution, Ledger, RandomProcess, TargetShape, Targets, normal_density};
use crate::science::bits::{Bits, Nats};
use crate::science::family::Item;
use crate::science::seed::{Stream, standard_normal};

/// Vectors of independent normal numbers with these variances. Their bits are the
/// rate-distortion function at the stated mean squared error, by reverse
/// water-filling (Cover & Thomas 2006, theorem 10.3.3): a differential entropy is no
/// number of bits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct GaussianVectors {
    /// Variance of each number.
    #[garde(length(min = 1, max = 4096), inner(range(min = 1e-12, max = 1e12)))]
    pub variances: Vec<f64>,
    /// Mean squared error of a vector at which bits are stated; a hundredth of the
    /// sum of the variances unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1e-12, max = 1e16)))]
    pub distortion: Option<f64>,
    /// Vectors N of one draw.
    #[garde(range(min = 1, max = 10_000_000))]
    pub samples: usize,
}

impl Item for GaussianVectors {
    const SUMMARY: &'static str = "normal vectors of chosen variances: bits by reverse water-filling at a stated distortion (Cover & Thomas 2006)";

    fn example() -> Self {
        Self { variances: vec![4.0, 1.0, 0.25], distortion: Some(0.9), samples: 64 }
    }
}

/// Rate in bits and mean squared error of a Gaussian vector when every variance
/// above `level` is described down to it: `sum 1/2 log2(v / level)` and
/// `sum min(v, level)`.
#[must_use]
pub fn water_filling(variances: &[f64], level: f64) -> (Bits, f64) {
    let rate = variances.iter().filter(|&&v| v > level).map(|v| 0.5 * libm::log2(v / level)).sum();
    (Bits(rate), variances.iter().map(|v| v.min(level)).sum())
}

/// Least bits that describe a Gaussian vector to a mean squared error.
#[must_use]
pub fn rate_at(variances: &[f64], distortion: f64) -> Bits {
    let total: f64 = variances.iter().sum();
    if distortion >= total {
        return Bits::ZERO;
    }
    // the distortion rises with the level, linearly between the variances
    let mut sorted = variances.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut below = 0.0;
    for (i, variance) in sorted.iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "vectors are short")]
        let above = (sorted.len() - i) as f64;
        if below + above * variance >= distortion {
            return water_filling(variances, (distortion - below) / above).0;
        }
        below += variance;
    }
    Bits::ZERO
}

impl RandomProcess for GaussianVectors {
    fn shape(&self) -> DataShape {
        let targets = TargetShape::Reals { dimensions: self.variances.len() };
        DataShape { samples: self.samples, inputs: 0, targets }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn ledger(&self) -> Ledger {
        let distortion = self.distortion.unwrap_or(0.01 * self.variances.iter().sum::<f64>());
        Ledger::of_noise(rate_at(&self.variances, distortion) * self.samples as f64)
    }

    fn distribution(&self, _stream: &mut Stream) -> Box<dyn Distribution> {
        Box::new(self.clone()) // there is no rule
    }
}

impl Distribution for GaussianVectors {
    #[expect(clippy::cast_possible_truncation, reason = "data is in f32")]
    fn draw(&self, stream: &mut Stream) -> Dataset {
        let mut values = Array2::zeros((self.samples, self.variances.len()));
        for mut row in values.rows_mut() {
            for (x, variance) in row.iter_mut().zip(&self.variances) {
                *x = (libm::sqrt(*variance) * standard_normal(stream)) as f32;
            }
        }
        Dataset { inputs: Array2::zeros((self.samples, 0)), targets: Targets::Reals(values) }
    }

    fn prior_cross_entropy(&self, data: &Dataset) -> Nats {
        let rows = data.targets.reals().rows().into_iter();
        let row = |row: ndarray::ArrayView1<f32>| -> f64 {
            row.iter().zip(&self.variances).map(|(x, v)| normal_density(f64::from(*x), *v)).sum()
        };
        Nats(rows.map(row).sum())
    }

    fn bayes_cross_entropy(&self, data: &Dataset) -> Nats {
        self.prior_cross_entropy(data) // there is no rule to know
    }

    fn rate_at(&self, distortion: f64) -> Option<Bits> {
        Some(rate_at(&self.variances, distortion))
    }
}

#[cfg(test)]
mod tests {
    use super::super::ledger::check;
    use super::*;

    #[test]
    fn water_filling_has_its_known_values() {
        // (4, 1, .25) at levels .9, .5 and .3
        for (level, bits) in [(0.9, 1.152), (0.5, 2.0), (0.3, 2.737)] {
            let (rate, distortion) = water_filling(&[4.0, 1.0, 0.25], level);
            assert!((rate.0 - bits).abs() < 5e-4, "{level} {}", rate.0);
            let back = rate_at(&[4.0, 1.0, 0.25], distortion);
            assert!((back.0 - rate.0).abs() < 1e-12);
        }
        // one number at a quarter of its variance: one bit
        assert!((rate_at(&[2.0], 0.5).0 - 1.0).abs() < 1e-12);
        assert_eq!(rate_at(&[2.0, 3.0], 5.0), Bits::ZERO);
    }

    #[test]
    fn draws_follow_the_law() {
        let source = GaussianVectors { samples: 20_000, ..GaussianVectors::example() };
        check::draws(&source);
        let data = source.draw(&mut check::stream(3));
        for (i, variance) in source.variances.iter().enumerate() {
            let column = data.targets.reals().column(i).to_owned();
            let square = column.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / 20_000.0;
            // five standard errors
            assert!((square / variance - 1.0).abs() < 5.0 * (2.0 / 20_000f64).sqrt(), "{square} {variance}");
        }
        // the mean code length is the differential entropy
        let entropy: f64 = source
            .variances
            .iter()
            .map(|v| 0.5 * (std::f64::consts::TAU * std::f64::consts::E * v).ln())
            .sum();
        let mean = source.prior_cross_entropy(&data).0 / 20_000.0;
        assert!((mean - entropy).abs() < 5.0 * (1.5 / 20_000f64).sqrt(), "{mean} {entropy}");
    }
}
