//! Mixtures of known conditional densities, and the bracket that they give.

use ndarray::{Array2, ArrayView1};

use crate::science::bits::{Bits, Nats};
use crate::science::interrupt;

/// Draws z of what a layer becomes for each sample, with the density of any draw given
/// any sample. Draw r is one of sample r modulo k.
pub(super) struct Conditional {
    /// What the layer holds [k, units].
    values: Array2<f64>,
    /// What it became [draws k, units].
    drawn: Array2<f64>,
    kind: Kind,
}

enum Kind {
    /// `N(z; m, s^2)`, logarithms of variances [k, units].
    Normal(Array2<f64>),
    /// z is m itself.
    Deterministic,
    /// `z = m f`, f normal around 1; a 0 stays 0.
    Product { sd: f64 },
    /// z is m where the factor is not 0; with this probability it is.
    Erasure { rate: f64 },
    /// The same for all units of a sample together.
    Skip { rate: f64 },
}

fn wide(numbers: &Array2<f32>) -> Array2<f64> {
    numbers.mapv(f64::from)
}

/// The rows again and again, up to so many.
fn tiled(values: &Array2<f64>, rows: usize) -> Array2<f64> {
    let k = values.nrows();
    Array2::from_shape_fn((rows, values.ncols()), |(r, unit)| values[[r % k, unit]])
}

impl Conditional {
    /// Normal noise with logarithms of variances of its own; `draws` are standard normal.
    pub(super) fn learned(values: Array2<f32>, log_variances: Array2<f32>, draws: &Array2<f32>) -> Self {
        let (values, log_variances) = (wide(&values), wide(&log_variances));
        let sds = tiled(&log_variances.mapv(|l| libm::exp(0.5 * l)), draws.nrows());
        let drawn = tiled(&values, draws.nrows()) + sds * wide(draws);
        Self { values, drawn, kind: Kind::Normal(log_variances) }
    }

    /// Normal noise of one spread; `drawn` are values with noise on them.
    pub(super) fn sum(values: Array2<f32>, sd: f64, drawn: Array2<f32>) -> Self {
        let values = wide(&values);
        let kind = if sd > 0.0 {
            Kind::Normal(Array2::from_elem(values.dim(), 2.0 * libm::log(sd)))
        } else {
            Kind::Deterministic
        };
        Self { values, drawn: wide(&drawn), kind }
    }

    /// Normal factors around 1.
    pub(super) fn product(values: Array2<f32>, sd: f64, factors: Array2<f32>) -> Self {
        let values = wide(&values);
        let drawn = tiled(&values, factors.nrows()) * wide(&factors);
        Self { values, drawn, kind: Kind::Product { sd } }
    }

    /// Factors of which some are 0.
    pub(super) fn erasure(values: Array2<f32>, rate: f64, factors: &Array2<f32>) -> Self {
        let values = wide(&values);
        // kept numbers are scaled by what everyone knows
        let drawn = tiled(&values, factors.nrows()) * factors.mapv(|f| if f == 0.0 { 0.0 } else { 1.0 });
        Self { values, drawn, kind: Kind::Erasure { rate } }
    }

    /// A factor for each sample, of which some are 0.
    pub(super) fn skip(values: Array2<f32>, rate: f64, factors: &[f32]) -> Self {
        let values = wide(&values);
        let mut drawn = tiled(&values, factors.len());
        for (mut row, _) in drawn.rows_mut().into_iter().zip(factors).filter(|(_, f)| **f == 0.0) {
            row.fill(0.0);
        }
        Self { values, drawn, kind: Kind::Skip { rate } }
    }

    /// `ln p(z|x_j)` of a draw, up to what is the same for all samples.
    #[expect(clippy::float_cmp, reason = "what is kept is kept in every bit")]
    fn log_density(&self, z: ArrayView1<f64>, j: usize) -> f64 {
        let m = self.values.row(j);
        let each = z.iter().zip(m);
        match &self.kind {
            Kind::Normal(log_variances) => each
                .zip(log_variances.row(j))
                .map(|((z, m), l)| -0.5 * ((z - m) * (z - m) * libm::exp(-l) + l))
                .sum(),
            Kind::Deterministic => certain(z == m),
            Kind::Product { sd } => each
                .map(|(z, m)| match (*z == 0.0, *m == 0.0) {
                    (true, true) => 0.0,
                    (false, false) => {
                        let f = (z / m - 1.0) / sd;
                        -0.5 * f * f - libm::log(m.abs() * sd)
                    }
                    _ => f64::NEG_INFINITY,
                })
                .sum(),
            Kind::Erasure { rate } => each
                .map(|(z, m)| match (*z == 0.0, *m == 0.0) {
                    (true, true) => 0.0,
                    (true, false) => libm::log(*rate),
                    _ => libm::log(1.0 - rate) + certain(z == m),
                })
                .sum(),
            Kind::Skip { rate } => match (is_zero(z), is_zero(m)) {
                (true, true) => 0.0,
                (true, false) => libm::log(*rate),
                _ => libm::log(1.0 - rate) + certain(z == m),
            },
        }
    }
}

fn certain(is_so: bool) -> f64 {
    if is_so { 0.0 } else { f64::NEG_INFINITY }
}

fn is_zero(numbers: ArrayView1<f64>) -> bool {
    numbers.iter().all(|x| *x == 0.0)
}

/// Bits for each sample from below (the mixture of all samples) and from above (the
/// mixture of all others; infinite where no other could have given a draw).
#[expect(clippy::cast_precision_loss, reason = "samples are few")]
pub(super) fn bracket(conditional: &Conditional) -> (Bits, Bits) {
    let k = conditional.values.nrows();
    let draws = conditional.drawn.nrows();
    let (mut low, mut high) = (0.0, 0.0);
    let mut logs = vec![0.0; k];
    for (draw, z) in conditional.drawn.rows().into_iter().enumerate() {
        interrupt::check();
        let i = draw % k;
        logs.iter_mut().enumerate().for_each(|(j, log)| *log = conditional.log_density(z, j));
        let own = logs[i];
        let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let others: f64 =
            logs.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, log)| libm::exp(log - top)).sum();
        let all = others + libm::exp(own - top);
        low += own - top - libm::log(all / k as f64);
        high += own - top - libm::log(others / (k as f64 - 1.0));
    }
    let mean = |sum: f64| Bits::from(Nats(sum / draws as f64));
    // never clipped at zero: over draws that would read too much
    (mean(low), mean(high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::kernel::isa::Isa;
    use crate::science::kernel::normal::fill_normal;
    use crate::science::regularizer::Restriction;
    use crate::science::regularizer::dropout::Dropout;
    use crate::science::seed::{Purpose, Stream, Streams};

    fn stream(replicate: u64) -> Stream {
        Streams { seed: 8, replicate }.stream(Purpose::Probe)
    }

    fn normal(rows: usize, columns: usize, replicate: u64) -> Array2<f32> {
        let mut numbers = Array2::zeros((rows, columns));
        fill_normal(Isa::detect(), &mut stream(replicate), numbers.as_slice_mut().unwrap());
        numbers
    }

    fn mean(of: impl Fn(u64) -> (Bits, Bits)) -> (f64, f64) {
        let all: Vec<_> = (0..6).map(of).collect();
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
        (mean(all.iter().map(|b| b.0.0).collect()), mean(all.iter().map(|b| b.1.0).collect()))
    }

    #[test]
    fn a_gaussian_channel_carries_half_the_log_of_one_plus_snr() {
        for (snr, expected) in [(1.0f64, 0.5), (3.0, 1.0), (15.0, 2.0)] {
            let sd = snr.powf(-0.5);
            let (low, high) = mean(|r| {
                let values = normal(1500, 1, 2 * r);
                let drawn = &values + &(normal(1500, 1, 2 * r + 1) * sd as f32);
                bracket(&Conditional::sum(values, sd, drawn))
            });
            assert!(
                low <= high && (low - expected).abs() < 0.03 && (high - expected).abs() < 0.03,
                "{low} {high}"
            );
        }
    }

    #[test]
    fn sixteen_channels_of_known_bits_lie_inside_the_bracket() {
        // science of record: .2075 bits each, 3.32 in all: neighbours read 1.03
        let sd = (1.0f64 / (1.333_521_432_163_324 - 1.0)).sqrt();
        let (low, high) = mean(|r| {
            let values = normal(1500, 16, 2 * r);
            let drawn = &values + &(normal(1500, 16, 2 * r + 1) * sd as f32);
            bracket(&Conditional::sum(values, sd, drawn))
        });
        let expected = 8.0 * 1.333_521_432_163_324f64.log2();
        assert!(
            low < expected + 0.03 && high > expected - 0.03 && high - low < 0.5,
            "{low} {expected} {high}"
        );
    }

    #[test]
    fn dropout_is_an_erasure_channel_and_a_lost_one_looks_like_a_zero() {
        let of = |units: fn(usize) -> f32| {
            mean(|r| {
                let values = Array2::from_shape_fn((2000, 1), |(i, _)| units(i));
                let mut factors = Array2::zeros((2000, 1));
                let numbers = factors.as_slice_mut().unwrap();
                Dropout { rate: 0.5 }.hidden(Isa::detect(), &mut stream(r), numbers);
                bracket(&Conditional::erasure(values, 0.5, &factors))
            })
        };
        let (low, high) = of(|i| if i % 2 == 0 { 1.0 } else { -1.0 });
        assert!((low - 0.5).abs() < 0.01 && (high - 0.5).abs() < 0.01, "{low} {high}");
        // H2(1/4) - 1/2
        let (low, high) = of(|i| if i % 2 == 0 { 1.0 } else { 0.0 });
        assert!((low - 0.311_278).abs() < 0.01 && (high - 0.311_278).abs() < 0.01, "{low} {high}");
        // continuous units: every draw that is kept names its sample
        let (low, high) = of(|i| i as f32 + 1.0);
        assert!((low - 0.5 * 2000f64.log2()).abs() < 0.2 && high.is_infinite(), "{low} {high}");
    }

    #[test]
    fn a_skipped_branch_loses_all_its_units_together() {
        let values = Array2::from_shape_fn((3000, 2), |(i, _)| if i % 2 == 0 { 1.0 } else { -1.0 });
        let kept: Vec<f32> = (0..3000).map(|i| if (i / 2) % 4 == 0 { 0.0 } else { 1.25 }).collect();
        let (low, _) = bracket(&Conditional::skip(values, 0.25, &kept));
        // one bit, three times of four, however many units say it
        assert!((low.0 - 0.75).abs() < 1e-9, "{}", low.0);
    }

    #[test]
    fn factors_around_one_carry_signs() {
        // z = m f, f ~ N(1, 1): of m = +-1 the channel of a +-1 code in noise of variance 1
        let (low, high) = mean(|r| {
            let values = Array2::from_shape_fn((2000, 1), |(i, _)| if i % 2 == 0 { 1.0f32 } else { -1.0 });
            let factors = normal(2000, 1, r).mapv(|x| 1.0 + x);
            bracket(&Conditional::product(values, 1.0, factors))
        });
        assert!((low - 0.4859).abs() < 0.02 && (high - 0.4859).abs() < 0.02, "{low} {high}");
    }
}
