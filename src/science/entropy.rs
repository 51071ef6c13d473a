//! Entropies and counts in closed form, as ledgers need them.

use super::bits::{Bits, Nats};

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

#[cfg(test)]
mod tests {
    use super::*;

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
