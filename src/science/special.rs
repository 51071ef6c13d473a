//! Special functions, the same bits on every machine: sums and products of f64 and
//! the functions of `libm`, which are compiled with this crate.

/// Slope of the logarithm of the gamma function, for x above 0 (Abramowitz & Stegun
/// 1964, 6.3.5 and 6.3.18).
#[must_use]
pub fn digamma(x: f64) -> f64 {
    // B_2k / 2k, k from 1 on
    const SERIES: [f64; 7] =
        [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0, 1.0 / 12.0];
    let (mut x, mut below) = (x, 0.0);
    while x < 12.0 {
        below += 1.0 / x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = SERIES.iter().rev().fold(0.0, |sum, term| (sum + term) * square);
    libm::log(x) - 0.5 / x - series - below
}

/// Chance that a standard normal number is above x.
#[must_use]
pub fn normal_tail(x: f64) -> f64 {
    0.5 * libm::erfc(x * std::f64::consts::FRAC_1_SQRT_2)
}

/// The incomplete beta function over the complete one, `I_x(a, b)`, for a and b above 0;
/// `rest` is `1 - x`, stated by whoever knows it better than by subtraction.
#[must_use]
pub fn regularized_beta(a: f64, b: f64, x: f64, rest: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if rest <= 0.0 {
        return 1.0;
    }
    // the fraction converges fast below the mean of the distribution
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - regularized_beta(b, a, rest, x);
    }
    let log_beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    libm::exp(a * libm::log(x) + b * libm::log(rest) - log_beta) * beta_fraction(a, b, x) / a
}

/// The continued fraction of the incomplete beta function (Abramowitz & Stegun 1964,
/// 26.5.8) by the modified method of Lentz (Thompson & Barnett 1986).
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    const MOST_TERMS: u32 = 10_000;
    let not_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / not_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for term in 1..MOST_TERMS {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for numerator in [even, odd] {
            d = 1.0 / not_zero(1.0 + numerator * d);
            c = not_zero(1.0 + numerator / c);
            change = c * d;
            fraction *= change;
        }
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of `tests/reference/special.py`, 40 digits of mpmath.
    fn near(found: f64, certified: f64) {
        assert!((found - certified).abs() < 1e-12 * certified.abs(), "{found} {certified}");
    }

    #[test]
    fn digamma_has_its_certified_values() {
        near(digamma(0.1), -10.423_754_940_411_077);
        near(digamma(0.5), -1.963_510_026_021_423_5);
        near(digamma(1.0), -0.577_215_664_901_532_9);
        near(digamma(2.5), 0.703_156_640_645_243_2);
        near(digamma(10.0), 2.251_752_589_066_721);
        near(digamma(64.0), 4.151_050_238_804_236_5);
        near(digamma(1234.5), 7.118_016_231_827_998);
    }

    #[test]
    fn the_incomplete_beta_function_has_its_certified_values() {
        let beta = |a, b, x: f64| regularized_beta(a, b, x, 1.0 - x);
        near(beta(0.5, 0.5, 0.3), 0.369_010_119_565_545_4);
        near(beta(2.0, 3.0, 0.4), 0.524_8);
        near(beta(10.0, 0.5, 0.9), 0.151_640_909_634_709_92);
        near(beta(500.0, 0.5, 0.999), 0.317_310_447_309_717_37);
        near(beta(0.5, 20.0, 0.01), 0.471_369_935_485_015_55);
        near(beta(30.0, 40.0, 0.5), 0.885_799_887_323_351_5);
        assert_eq!((beta(2.0, 3.0, 0.0), beta(2.0, 3.0, 1.0)), (0.0, 1.0));
    }

    #[test]
    fn normal_tails_have_their_certified_values() {
        near(normal_tail(0.0), 0.5);
        near(normal_tail(1.959_963_984_540_054), 0.025_000_000_000_000_014);
        near(normal_tail(3.0), 0.001_349_898_031_630_094_5);
        near(normal_tail(6.5), 4.016_000_583_859_118e-11);
    }
}
