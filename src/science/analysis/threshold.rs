//! Where a share that falls with size passes one half: the median of a logistic curve.

/// Draws of one size: how many of them there are, and how many succeeded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counted {
    /// Size.
    pub size: f64,
    /// Draws.
    pub draws: f64,
    /// Those that succeeded.
    pub successes: f64,
}

/// A threshold with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Median {
    /// Size at which half of the draws succeed.
    pub size: f64,
    /// Its standard error (delta method).
    pub standard_error: f64,
    /// Size over share, at the threshold.
    pub size_per_share: f64,
}

const MOST_ITERATIONS: usize = 100;

/// The size at which half of the draws succeed, by logistic regression of success on size:
/// the penalized likelihood of half a success and half a failure more at each size, which
/// is finite also where every share is 0 or 1. Of Cover's curve it is a third of a percent
/// too large, since that is not quite symmetric. `None` when the share does not fall, or the
/// threshold lies outside of the sizes.
///
/// Cox & Snell, Analysis of Binary Data (1989), section 2.1.6 for the half counts; the
/// error of a ratio of coefficients as in section 2.7.
#[must_use]
pub fn median(counts: &[Counted]) -> Option<Median> {
    let (first, last) = (counts.first()?.size, counts.last()?.size);
    let (middle, scale) = (0.5 * (first + last), 0.5 * (last - first));
    if scale <= 0.0 {
        return None;
    }
    let (mut height, mut slope) = (0.0, 0.0);
    let mut information = [0.0; 3];
    for _ in 0..MOST_ITERATIONS {
        let mut score = [0.0; 2];
        information = [0.0; 3];
        for count in counts {
            let x = (count.size - middle) / scale;
            let share = 1.0 / (1.0 + libm::exp(-(height + slope * x)));
            let (draws, successes) = (count.draws + 1.0, count.successes + 0.5);
            let (residual, weight) = (successes - draws * share, draws * share * (1.0 - share));
            score = [score[0] + residual, score[1] + residual * x];
            information =
                [information[0] + weight, information[1] + weight * x, information[2] + weight * x * x];
        }
        let [a, b, c] = information;
        let determinant = a * c - b * b;
        let step = [(c * score[0] - b * score[1]) / determinant, (a * score[1] - b * score[0]) / determinant];
        (height, slope) = (height + step[0], slope + step[1]);
        if !slope.is_finite() {
            return None;
        }
        if step[0].abs() + step[1].abs() < 1e-10 {
            break;
        }
    }
    let x = -height / slope;
    if slope >= 0.0 || x.abs() > 1.0 {
        return None;
    }
    let [a, b, c] = information;
    // variance of the height of the line at x, over the square of its slope
    let variance = (c - 2.0 * x * b + x * x * a) / (a * c - b * b) / (slope * slope);
    Some(Median {
        size: middle + scale * x,
        standard_error: scale * libm::sqrt(variance),
        size_per_share: scale * 4.0 / slope.abs(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::seed::{Purpose, Streams};
    use rand::RngExt;

    /// Share of labelings of n points in d dimensions that a plane gives (Cover 1965).
    fn separable(n: u64, d: u64) -> f64 {
        let mut term = 1.0;
        let mut sum = 0.0;
        for k in 0..d.min(n) {
            sum += term;
            term *= (n - 1 - k) as f64 / (k + 1) as f64;
        }
        sum * (1.0 - n as f64).exp2()
    }

    #[test]
    fn half_of_the_labelings_of_twice_as_many_points_as_dimensions_are_given() {
        for d in [20, 50] {
            let sizes = [18 * d / 10, 2 * d, 22 * d / 10];
            let counts =
                sizes.map(|n| Counted { size: n as f64, draws: 1e6, successes: 1e6 * separable(n, d) });
            let found = median(&counts).unwrap();
            assert!((found.size - 2.0 * d as f64).abs() < 0.01 * d as f64, "{found:?}");
        }
    }

    #[test]
    fn the_standard_error_is_the_spread_over_repetitions() {
        let mut stream = Streams { seed: 5, replicate: 0 }.stream(Purpose::TrainingData);
        let (mut sizes, mut errors) = (Vec::new(), Vec::new());
        for _ in 0..2000 {
            let counts = [90_u64, 100, 110].map(|n| {
                let p = separable(n, 50);
                let successes = (0..32).filter(|_| stream.random::<f64>() < p).count() as f64;
                Counted { size: n as f64, draws: 32.0, successes }
            });
            if let Some(found) = median(&counts) {
                sizes.push(found.size);
                errors.push(found.standard_error);
            }
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let spread = mean(&sizes.iter().map(|s| (s - 100.0).powi(2)).collect::<Vec<_>>()).sqrt();
        assert!(sizes.len() > 1990 && (mean(&sizes) - 100.0).abs() < 0.5, "{} {}", sizes.len(), mean(&sizes));
        assert!((mean(&errors) / spread - 1.0).abs() < 0.1, "{} {spread}", mean(&errors));
    }

    #[test]
    fn what_does_not_fall_has_no_threshold() {
        let count = |size, successes| Counted { size, draws: 8.0, successes };
        assert_eq!(median(&[count(1.0, 0.0), count(2.0, 4.0)]), None);
        assert_eq!(median(&[count(1.0, 8.0), count(2.0, 7.0)]), None, "outside");
        assert_eq!(median(&[count(1.0, 8.0)]), None);
        let found = median(&[count(1.0, 8.0), count(2.0, 0.0)]).unwrap();
        assert!((found.size - 1.5).abs() < 1e-9 && found.standard_error.is_finite());
    }
}
