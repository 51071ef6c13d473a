//! Entropies and counts in closed form, as ledgers need them.

use super::bits::{Bits, Nats};
pub use super::special::digamma;

/// `H2(p) = -p log2 p - (1-p) log2 (1-p)`.
#[must_use]
pub fn binary_entropy(p: f64) -> Bits {
    surprise(p) + surprise(1.0 - p)
}

/// `-p log2 p`, 0 at 0: what an outcome of probability p adds to an entropy.
#[must_use]
pub fn surprise(p: f64) -> Bits {
    Bits(if p > 0.0 { -p * libm::log2(p) } else { 0.0 })
}

/// `log2 n!`
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
pub fn log2_factorial(n: usize) -> Bits {
    Bits::from(Nats((2..=n).map(|i| libm::log(i as f64)).sum()))
}

/// `log2 C(n, k)`: a choice of k among n.
#[must_use]
pub fn log2_binomial(n: usize, k: usize) -> Bits {
    log2_factorial(n) - log2_factorial(k) - log2_factorial(n - k)
}

/// `log2` of the labelings of n points in general position that a linear threshold
/// of so many weights can give, `2 sum_{k < d} C(n - 1, k)` (Cover 1965, theorem 1).
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
pub fn log2_dichotomies(points: usize, weights: usize) -> Bits {
    if points == 0 || weights >= points {
        return Bits(points as f64);
    }
    // terms over the largest so far, so that none overflows
    let (mut term, mut top, mut sum) = (0.0, 0.0, 1.0);
    for k in 1..weights {
        term += libm::log2((points - k) as f64) - libm::log2(k as f64);
        if term > top {
            sum = sum * libm::exp2(top - term) + 1.0;
            top = term;
        } else {
            sum += libm::exp2(term - top);
        }
    }
    Bits(if weights == 0 { 0.0 } else { 1.0 + top + libm::log2(sum) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dichotomies_are_those_of_the_sum() {
        let choose = |n: u64, k: u64| (0..k).fold(1, |c, i| c * (n - i) / (i + 1));
        for (points, weights) in [(1u64, 1u64), (5, 2), (20, 10), (30, 10), (10, 10), (8, 20)] {
            let count: u64 =
                2 * (0..weights).map(|k| if k < points { choose(points - 1, k) } else { 0 }).sum::<u64>();
            let bits = log2_dichotomies(usize::try_from(points).unwrap(), usize::try_from(weights).unwrap());
            assert!((bits.0 - (count as f64).log2()).abs() < 1e-9, "{points} {weights} {}", bits.0);
        }
        // half of all labelings of twice as many points as weights
        assert!((log2_dichotomies(2000, 1000).0 - 1999.0).abs() < 1e-6);
    }

    #[test]
    fn binary_entropy_has_its_known_values() {
        assert_eq!(binary_entropy(0.0), Bits(0.0));
        assert_eq!(binary_entropy(0.5), Bits(1.0));
        assert!((binary_entropy(0.11).0 - 0.499_915_958_164_528_2).abs() < 1e-12);
    }

    #[test]
    fn counts_are_those_of_enumeration() {
        assert!((log2_factorial(5).0 - 120f64.log2()).abs() < 1e-12);
        assert!((log2_binomial(10, 3).0 - 120f64.log2()).abs() < 1e-12);
        assert_eq!((log2_factorial(0), log2_binomial(4, 0)), (Bits(0.0), Bits(0.0)));
    }
}
