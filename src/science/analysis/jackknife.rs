//! The jackknife: intervals of what is computed from all replicates together.

use super::interval::Interval;

/// A number with its interval on the scale on which its distribution is nearer a normal one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scaled {
    /// The number itself.
    pub value: f64,
    /// Its interval on the scale.
    pub interval: Interval,
    /// The scale.
    pub scale: Scale,
}

/// A scale for intervals. All of them rise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// The number itself.
    Linear,
    /// log2, for positive numbers.
    Log2,
    /// ln(1 + x^2), for standard deviations and their ratios: their squares are estimated, and may
    /// be estimated below 0.
    LogSquare,
}

impl Scale {
    /// From numbers to the scale.
    #[must_use]
    pub fn there(self, x: f64) -> f64 {
        match self {
            Self::Linear => x,
            Self::Log2 => libm::log2(x),
            Self::LogSquare => libm::log1p(x * x),
        }
    }

    /// From the scale to numbers.
    #[must_use]
    pub fn back(self, y: f64) -> f64 {
        match self {
            Self::Linear => y,
            Self::Log2 => libm::exp2(y),
            Self::LogSquare => libm::sqrt(libm::expm1(y).max(0.0)),
        }
    }
}

impl Scaled {
    /// Both ends of the 95 % interval; `None` where there is none, or where an end is not finite.
    #[must_use]
    pub fn ends_95(&self) -> Option<(f64, f64)> {
        let ends = (self.scale.back(self.interval.ci95_low?), self.scale.back(self.interval.ci95_high?));
        (ends.0.is_finite() && ends.1.is_finite()).then_some(ends)
    }
}

/// The interval of `estimate` over replicates 0 .. n, each left out once: that of the mean of the
/// pseudo-values (Tukey 1958) of what `there` makes of the estimate. `None` where a number is
/// missing or not finite.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of replicates are small")]
pub fn jackknife(
    n: usize,
    estimate: impl Fn(&[usize]) -> Option<f64>,
    there: impl Fn(f64) -> f64,
) -> Option<Interval> {
    let all: Vec<usize> = (0..n).collect();
    let whole = there(estimate(&all)?);
    let pseudo = |left: usize| {
        let rest: Vec<usize> = all.iter().copied().filter(|replicate| *replicate != left).collect();
        Some(n as f64 * whole - (n as f64 - 1.0) * there(estimate(&rest)?)).filter(|value| value.is_finite())
    };
    Interval::of(&(0..n).map(pseudo).collect::<Option<Vec<f64>>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_mean_it_is_the_interval_of_the_mean() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        let mean = |draws: &[usize]| Some(draws.iter().map(|i| values[*i]).sum::<f64>() / draws.len() as f64);
        let found = jackknife(8, mean, |x| x).unwrap();
        let interval = Interval::of(&values).unwrap();
        assert!((found.ci95_low.unwrap() - interval.ci95_low.unwrap()).abs() < 1e-9);
        assert!((found.ci95_high.unwrap() - interval.ci95_high.unwrap()).abs() < 1e-9);
        assert_eq!(jackknife(1, mean, |x| x), None);
        assert_eq!(jackknife(8, |draws| (draws.len() == 8).then_some(1.0), |x| x), None);
    }

    #[test]
    fn scales_go_there_and_back() {
        for scale in [Scale::Linear, Scale::Log2, Scale::LogSquare] {
            for x in [0.01, 1.0, 30.0] {
                assert!((scale.back(scale.there(x)) / x - 1.0).abs() < 1e-12);
            }
        }
        assert_eq!(Scale::LogSquare.back(-0.3), 0.0);
    }
}
