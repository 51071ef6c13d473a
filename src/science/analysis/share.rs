//! Shares: how many of n replicates have a property.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::science::special::regularized_beta;

/// A share of replicates with Wilson's interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Share {
    /// Number of replicates with the property.
    pub successes: usize,
    /// Number of replicates.
    pub n: usize,
    /// The share itself.
    pub share: f64,
    /// Lower end of the two-sided 95 % interval (Wilson 1927).
    pub ci95_low: f64,
    /// Upper end of the two-sided 95 % interval (Wilson 1927).
    pub ci95_high: f64,
}

impl Share {
    /// The share of `successes` in `n`; `None` without replicates.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of replicates are small")]
    pub fn of(successes: usize, n: usize) -> Option<Self> {
        let (ci95_low, ci95_high) = wilson_95(successes, n);
        (n > 0).then(|| Self { successes, n, share: successes as f64 / n as f64, ci95_low, ci95_high })
    }
}

/// Two-sided 95 % interval of a share, `successes` of `n` (Wilson 1927).
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub fn wilson_95(successes: usize, n: usize) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    let (n, share) = (n as f64, successes as f64 / n as f64);
    let shrink = 1.0 + Z * Z / n;
    let middle = (share + Z * Z / (2.0 * n)) / shrink;
    let half = Z / shrink * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

/// The chance of at least so many successes in n, each with the chance `share` (Clopper & Pearson
/// 1934): small where they show that the chance of one is larger.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub fn p_at_most(share: f64, successes: usize, n: usize) -> f64 {
    match successes {
        0 => 1.0,
        k => regularized_beta(k as f64, (n - k + 1) as f64, share, 1.0 - share),
    }
}

/// The chance of at most so many successes in n, each with the chance `share`: small where they
/// show that the chance of one is smaller.
#[must_use]
pub fn p_at_least(share: f64, successes: usize, n: usize) -> f64 {
    p_at_most(1.0 - share, n - successes, n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_wilsons_interval() {
        // Newcombe 1998, table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29
        for (successes, n, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let (a, b) = wilson_95(successes, n);
            assert!((a - low).abs() < 5e-5 && (b - high).abs() < 5e-5, "{a} {b}");
        }
        assert_eq!(Share::of(0, 0), None);
    }

    #[test]
    fn chances_are_sums_of_binomial_ones() {
        // of 8 throws of a coin: 8 heads 1, 7 or more 9, 6 or more 37 of 256
        for (successes, of_256) in [(8, 1.0), (7, 9.0), (6, 37.0), (0, 256.0)] {
            assert!((p_at_most(0.5, successes, 8) - of_256 / 256.0).abs() < 1e-12);
            assert!((p_at_least(0.5, 8 - successes, 8) - of_256 / 256.0).abs() < 1e-12);
        }
        assert!((p_at_most(0.25, 1, 2) - (1.0 - 0.75 * 0.75)).abs() < 1e-12);
    }
}
