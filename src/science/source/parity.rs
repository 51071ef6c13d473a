//! What is known of a hidden parity before any sample: degree and inputs, not which inputs.

use crate::science::bits::Bits;
use crate::science::entropy::binary_entropy;

/// Probability that the parity of `degree` inputs, hidden among `inputs` of which m are negative,
/// is odd, for m from 0 to all. Of the subsets, all as likely, those count that hold an odd number
/// of negative inputs (a hypergeometric number): `(1 - f(m)) / 2`, f the Krawtchouk polynomial over
/// its value at 0, by its recurrence `(d - m) f(m + 1) = (d - 2 degree) f(m) - m f(m - 1)` up to the
/// middle and by `f(d - m) = (-1)^degree f(m)` beyond (`MacWilliams` & Sloane 1977, chapter 5).
#[expect(clippy::cast_precision_loss, reason = "inputs are far below 2^53")]
pub(super) fn odd(inputs: usize, degree: usize) -> Vec<f64> {
    let (d, slope) = (inputs as f64, inputs as f64 - 2.0 * degree as f64);
    let mut f = vec![1.0; inputs + 1];
    for m in 0..inputs / 2 {
        let before = if m == 0 { 0.0 } else { f[m - 1] };
        f[m + 1] = ((slope * f[m] - m as f64 * before) / (d - m as f64)).clamp(-1.0, 1.0);
    }
    let sign = if degree.is_multiple_of(2) { 1.0 } else { -1.0 };
    for m in inputs / 2 + 1..=inputs {
        f[m] = sign * f[inputs - m];
    }
    f.into_iter().map(|f| 0.5 - 0.5 * f).collect()
}

/// Mean entropy of a label with so many flips to whoever knows the input but not the subset, each
/// input negative with probability 1/2 whatever the others are.
#[expect(clippy::cast_precision_loss, reason = "inputs are far below 2^53")]
pub(super) fn entropy(inputs: usize, degree: usize, flips: f64) -> Bits {
    let mut log_weight = -(inputs as f64) * std::f64::consts::LN_2;
    let mut mean = Bits::ZERO;
    for (m, odd) in odd(inputs, degree).into_iter().enumerate() {
        mean = mean + binary_entropy(flipped(odd, flips)) * libm::exp(log_weight);
        log_weight += libm::log((inputs - m) as f64 / (m as f64 + 1.0));
    }
    mean
}

/// Probability of 1 after flips.
pub(super) fn flipped(one: f64, flips: f64) -> f64 {
    one * (1.0 - flips) + (1.0 - one) * flips
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shares of the subsets of `degree` inputs with an odd number of those in `negative`.
    fn counted(inputs: usize, degree: usize, negative: u32) -> f64 {
        let subsets = (0..1u32 << inputs).filter(|set| set.count_ones() as usize == degree);
        let (all, odd) =
            subsets.fold((0u32, 0u32), |(all, odd), set| (all + 1, odd + (set & negative).count_ones() % 2));
        f64::from(odd) / f64::from(all)
    }

    #[test]
    fn shares_and_entropies_equal_enumeration_of_all_subsets_at_all_inputs() {
        for inputs in 1..=9usize {
            for degree in 1..=inputs {
                let odd = odd(inputs, degree);
                for flips in [0.0, 0.2] {
                    let mut mean = 0.0;
                    for negative in 0..1u32 << inputs {
                        let share = counted(inputs, degree, negative);
                        assert!((odd[negative.count_ones() as usize] - share).abs() < 1e-12);
                        mean += binary_entropy(flipped(share, flips)).0 / f64::from(1u32 << inputs);
                    }
                    assert!((entropy(inputs, degree, flips).0 - mean).abs() < 1e-12, "{inputs} {degree}");
                }
            }
        }
    }

    #[test]
    fn the_parity_of_all_inputs_is_known_beforehand() {
        for inputs in [1, 2, 7, 20, 333] {
            assert!(entropy(inputs, inputs, 0.0).0.abs() < 1e-12, "{inputs}");
            // and of all but one nearly nothing is, one in so many deciding
            let odd = odd(inputs, inputs.div_ceil(2));
            assert!(odd.iter().all(|p| (0.0..=1.0).contains(p)));
        }
    }

    #[test]
    fn large_sizes_stay_finite_and_near_one_bit() {
        for degree in [2, 100, 32_768, 65_535] {
            let bits = entropy(65_536, degree, 0.1).0;
            assert!(bits.is_finite() && bits <= 1.0 + 1e-9, "{degree} {bits}");
        }
        // weights add up: of degree 3 in 1000 next to nothing is known
        assert!((entropy(1000, 3, 0.0).0 - 1.0).abs() < 1e-3);
    }
}
