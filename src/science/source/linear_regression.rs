//! Linear regression: a hidden direction and Gaussian noise, where everything is
//! known in closed form.

use garde::Validate;
use ndarray::{Array2, ArrayView1};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drawing::LOGARITHM;
use super::{
    DataShape, Dataset, Distribution, Drawing, Ledger, RandomProcess, TargetShape, Targets, normal_density,
};
use crate::science::bits::{Bits, Nats};
use crate::science::family::Item;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::normal::fill_normal;
use crate::science::network::footprint::count;
use crate::science::seed::{Stream, standard_normal};

/// `y = x w + noise`: x standard normal in d dimensions, w normal of mean square
/// length `signal` and hidden, noise normal of variance `noise`. Without w a target is
/// normal of variance `signal |x|^2 / d + noise`; the bits are those that w explains of
/// it, the rate-distortion function of the target at the distortion `noise`:
/// `1/2 log2(1 + signal |x|^2 / (d noise))` in the mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct LinearRegression {
    /// Input dimensions d.
    #[garde(range(min = 1, max = 65_536))]
    pub inputs: usize,
    /// Samples N of one draw.
    #[garde(range(min = 1, max = 10_000_000))]
    pub samples: usize,
    /// Mean square length of w.
    #[serde(default = "one")]
    #[garde(range(min = 1e-9, max = 1e9))]
    pub signal: f64,
    /// Variance of the noise.
    #[garde(range(min = 1e-9, max = 1e9))]
    pub noise: f64,
}

fn one() -> f64 {
    1.0
}

impl Item for LinearRegression {
    const SUMMARY: &'static str =
        "a hidden direction with Gaussian noise: everything about it is known in closed form";

    fn example() -> Self {
        Self { inputs: 20, samples: 100, signal: 1.0, noise: 0.25 }
    }
}

/// Mean of `ln(1 + c X / d)`, X chi-squared with d degrees of freedom, from
/// `ln(1 + z) = int_0^inf (1 - e^(-z t)) e^(-t) / t dt` and the mean of `e^(-c t X / d)`,
/// `(1 + 2 c t / d)^(-d / 2)`. Trapezoids in ln t, which is smooth and dies at both ends.
fn mean_log(c: f64, d: f64) -> f64 {
    const STEP: f64 = 1.0 / 64.0;
    let term = |i: i32| {
        let t = libm::exp(f64::from(i) * STEP);
        let survival = libm::exp(-0.5 * d * libm::log1p(2.0 * c * t / d));
        (1.0 - survival) * libm::exp(-t)
    };
    // below e^-60 the integrand is c t or 1 - survival, nothing beside the whole
    (-60 * 64..=6 * 64).map(term).sum::<f64>() * STEP
}

impl RandomProcess for LinearRegression {
    fn shape(&self) -> DataShape {
        let targets = TargetShape::Reals { dimensions: 1 };
        DataShape { samples: self.samples, inputs: self.inputs, targets }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn ledger(&self) -> Ledger {
        let explained = Nats(0.5 * mean_log(self.signal / self.noise, self.inputs as f64));
        let structure = Bits::from(explained) * self.samples as f64;
        Ledger { structure, noise: Bits::ZERO, rule: None }
    }

    fn redraws(&self) -> bool {
        true
    }

    fn drawing(&self) -> Drawing {
        let (inputs, of) = (count(self.inputs), Drawing::of(&self.shape()));
        Drawing {
            rule: 8.0 * inputs,
            sample: of.sample + 1.3 * inputs,
            judgment: 1.3 * inputs + LOGARITHM,
            ..of
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn distribution(&self, stream: &mut Stream) -> Box<dyn Distribution> {
        let sd = libm::sqrt(self.signal / self.inputs as f64);
        let weights = (0..self.inputs).map(|_| sd * standard_normal(stream)).collect();
        Box::new(RegressionLaw { source: self.clone(), weights })
    }
}

#[derive(Debug)]
struct RegressionLaw {
    source: LinearRegression,
    weights: Vec<f64>,
}

impl RegressionLaw {
    fn mean(&self, x: ArrayView1<f32>) -> f64 {
        x.iter().zip(&self.weights).map(|(x, w)| f64::from(*x) * w).sum()
    }

    #[expect(clippy::cast_possible_truncation, reason = "data is in f32")]
    fn targets(&self, inputs: &Array2<f32>, stream: &mut Stream) -> Targets {
        let sd = libm::sqrt(self.source.noise);
        let each = inputs.rows().into_iter().map(|x| (self.mean(x) + sd * standard_normal(stream)) as f32);
        let column = Array2::from_shape_vec((inputs.nrows(), 1), each.collect());
        Targets::Reals(column.expect("one column"))
    }
}

/// The sum over all samples.
fn codes(data: &Dataset, code: impl Fn(ArrayView1<f32>, f64) -> f64) -> Nats {
    let samples = data.inputs.rows().into_iter().zip(data.targets.reals());
    Nats(samples.map(|(x, y)| code(x, f64::from(*y))).sum())
}

impl Distribution for RegressionLaw {
    fn draw(&self, stream: &mut Stream) -> Dataset {
        let (n, d) = (self.source.samples, self.source.inputs);
        let mut inputs = Array2::zeros((n, d));
        fill_normal(Isa::detect(), stream, inputs.as_slice_mut().expect("rows in order"));
        let targets = self.targets(&inputs, stream);
        Dataset { inputs, targets }
    }

    fn redraw(&self, inputs: &Array2<f32>, stream: &mut Stream) -> Option<Targets> {
        Some(self.targets(inputs, stream))
    }

    fn has_noisy_rule(&self) -> bool {
        self.source.noise > 0.0
    }

    fn bayes_normal(&self, data: &Dataset, sample: usize) -> Option<(Vec<f64>, f64)> {
        Some((vec![self.mean(data.inputs.row(sample))], self.source.noise))
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn prior_cross_entropy(&self, data: &Dataset) -> Nats {
        let share = self.source.signal / self.source.inputs as f64;
        codes(data, |x, y| {
            let square: f64 = x.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
            normal_density(y, share * square + self.source.noise)
        })
    }

    fn bayes_cross_entropy(&self, data: &Dataset) -> Nats {
        codes(data, |x, y| normal_density(y - self.mean(x), self.source.noise))
    }
}

#[cfg(test)]
mod tests {
    use super::super::ledger::check;
    use super::*;

    #[test]
    fn the_mean_logarithm_has_its_known_values() {
        // many dimensions: |x|^2 / d is 1
        assert!((mean_log(3.0, 1e9) - 4f64.ln()).abs() < 1e-7);
        // two dimensions: X / 2 is exponential of mean 1, and the mean e^(1/c) E1(1/c)
        let e1_of_1 = 0.219_383_934_395_520_3;
        assert!((mean_log(1.0, 2.0) - std::f64::consts::E * e1_of_1).abs() < 1e-12);
    }

    #[test]
    fn the_prior_and_the_noise_differ_by_the_structure() {
        // over many hidden directions, since the ledger is a mean over them
        for (inputs, noise) in [(1, 1.0), (20, 0.25)] {
            let source = LinearRegression { inputs, samples: 20, signal: 1.0, noise };
            let draws: Vec<f64> = (0..4000)
                .map(|replicate| {
                    let distribution = source.distribution(&mut check::stream(replicate));
                    let data = distribution.draw(&mut check::stream(10_000 + replicate));
                    Bits::from(distribution.prior_cross_entropy(&data)).0
                        - Bits::from(distribution.bayes_cross_entropy(&data)).0
                })
                .collect();
            let mean = draws.iter().sum::<f64>() / 4000.0;
            let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 3999.0;
            let expected = source.ledger().structure.0;
            assert!((mean - expected).abs() < 4.0 * (variance / 4000.0).sqrt(), "{mean} {expected}");
        }
    }
}
