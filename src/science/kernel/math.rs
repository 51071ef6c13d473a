//! `exp`, `ln`, `tanh` for f32, the same bits on every machine: polynomials
//! with fused multiply-adds, branch-free so that loops over them vectorize.
//!
//! Coefficients are those of the Cephes library (Moshier 1992, single
//! precision). Errors are stated and tested against f64.

/// e to the x, at most 2 ulp off for results in the normal range; 0 below
/// -87.3, infinite above 88.7, NaN for NaN.
#[inline(always)]
#[must_use]
pub fn exp(x: f32) -> f32 {
    // ln 2 in two parts, the first exact in few bits (Cody & Waite)
    const LN_2_HIGH: f32 = 0.693_359_375;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    // adding 1.5 * 2^23 rounds to the nearest whole number and leaves it in the low bits
    const ROUND: f32 = 12_582_912.0;
    let clamped = if x < -87.3 { -87.3 } else { x };
    let clamped = if clamped > 88.722_83 { 88.722_83 } else { clamped };
    let rounded = clamped.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = rounded - ROUND;
    let whole = rounded.to_bits().cast_signed().wrapping_sub(ROUND.to_bits().cast_signed());
    let r = n.mul_add(-LN_2_LOW, n.mul_add(-LN_2_HIGH, clamped));
    let mut p = 1.987_569_1e-4f32;
    p = p.mul_add(r, 1.398_199_9e-3);
    p = p.mul_add(r, 8.333_452e-3);
    p = p.mul_add(r, 4.166_579_6e-2);
    p = p.mul_add(r, 1.666_666_6e-1);
    p = p.mul_add(r, 5.000_000_1e-1);
    let series = p.mul_add(r * r, r) + 1.0;
    // 2^n in two factors, since n = 128 alone is out of range
    let half = whole >> 1;
    let scaled = series * power_of_two(half) * power_of_two(whole.wrapping_sub(half));
    let scaled = if x > 88.722_83 { f32::INFINITY } else { scaled };
    let scaled = if x < -87.3 { 0.0 } else { scaled };
    if x.is_nan() { x } else { scaled }
}

/// 2 to a whole number in [-126, 127]; any number for others.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) << 23).cast_unsigned())
}

/// Natural logarithm of x in the normal range, at most 2 ulp off away from 1
/// (absolutely 1e-7 near it); minus infinity at 0, NaN below.
#[inline(always)]
#[must_use]
pub fn ln(x: f32) -> f32 {
    let bits = x.to_bits().cast_signed();
    // split so that the mantissa lies in [sqrt(1/2), sqrt(2))
    let exponent = (bits - 0x3f35_04f3) >> 23;
    let m = f32::from_bits((bits - (exponent << 23)).cast_unsigned()) - 1.0;
    #[expect(clippy::cast_precision_loss, reason = "an exponent is small")]
    let e = exponent as f32;
    let value = ln_mantissa(m, e);
    let value = if x == 0.0 { f32::NEG_INFINITY } else { value };
    let value = if x == f32::INFINITY { x } else { value };
    if x < 0.0 || x.is_nan() { f32::NAN } else { value }
}

#[inline(always)]
fn ln_mantissa(m: f32, e: f32) -> f32 {
    let square = m * m;
    let mut p = 7.037_683_6e-2f32;
    p = p.mul_add(m, -1.151_461e-1);
    p = p.mul_add(m, 1.167_699_87e-1);
    p = p.mul_add(m, -1.242_014_1e-1);
    p = p.mul_add(m, 1.424_932_3e-1);
    p = p.mul_add(m, -1.666_805_7e-1);
    p = p.mul_add(m, 2.000_071_5e-1);
    p = p.mul_add(m, -2.499_999_4e-1);
    p = p.mul_add(m, 3.333_333_1e-1);
    let tail = p * m * square;
    let tail = e.mul_add(-2.121_944_4e-4, tail);
    let tail = square.mul_add(-0.5, tail);
    e.mul_add(0.693_359_375, m + tail)
}

/// Natural logarithm of `1 + x` for x in [0, 1]; absolutely 1e-7 off at most.
#[inline(always)]
#[must_use]
pub fn ln_1p(x: f32) -> f32 {
    // below sqrt(2) the mantissa is x itself, exactly; above, it is halved
    let large = x > 0.414_213_57;
    let m = if large { x.mul_add(0.5, -0.5) } else { x };
    ln_mantissa(m, if large { 1.0 } else { 0.0 })
}

/// Hyperbolic tangent, at most 4 ulp off.
#[inline(always)]
#[must_use]
pub fn tanh(x: f32) -> f32 {
    let magnitude = x.abs();
    // odd polynomial near zero, where the exponential form cancels
    let square = x * x;
    let mut p = -5.704_988_7e-3f32;
    p = p.mul_add(square, 2.063_908_9e-2);
    p = p.mul_add(square, -5.373_971_5e-2);
    p = p.mul_add(square, 1.333_144_1e-1);
    p = p.mul_add(square, -3.333_328_2e-1);
    let small = (p * square).mul_add(x, x);
    let capped = if magnitude > 20.0 { 20.0 } else { magnitude };
    let large = 1.0 - 2.0 / (exp(2.0 * capped) + 1.0);
    let large = large.copysign(x);
    let value = if magnitude < 0.625 { small } else { large };
    if x.is_nan() { x } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance in units of the last place of the true value.
    #[expect(clippy::cast_possible_truncation, reason = "the reference is rounded")]
    fn ulps(value: f32, truth: f64) -> f64 {
        let nearest = truth as f32;
        let spacing = f64::from(f32::from_bits(nearest.abs().to_bits() + 1)) - f64::from(nearest.abs());
        (f64::from(value) - truth).abs() / spacing
    }

    #[expect(clippy::cast_possible_truncation, reason = "a sweep in f32")]
    fn sweep(low: f32, high: f32) -> impl Iterator<Item = f32> {
        (0..=200_000u32).map(move |i| low + (high - low) * (f64::from(i) / 200_000.0) as f32)
    }

    #[test]
    fn exp_is_within_two_ulp() {
        let worst = sweep(-87.0, 88.7).map(|x| ulps(exp(x), f64::from(x).exp())).fold(0.0, f64::max);
        assert!(worst <= 2.0, "{worst}");
        assert_eq!((exp(0.0), exp(-1e9), exp(f32::NEG_INFINITY)), (1.0, 0.0, 0.0));
        assert_eq!((exp(89.0), exp(f32::INFINITY)), (f32::INFINITY, f32::INFINITY));
        assert!(exp(f32::NAN).is_nan());
    }

    #[test]
    fn ln_is_within_two_ulp_or_a_ten_millionth() {
        for (low, high) in [(1e-30f32, 1e-3), (1e-3, 10.0), (1.0, 1e6), (0.5, 2.0)] {
            for x in sweep(low, high) {
                let truth = f64::from(x).ln();
                let value = ln(x);
                assert!(
                    ulps(value, truth) <= 2.0 || (f64::from(value) - truth).abs() < 1e-7,
                    "{x} {value} {truth}"
                );
            }
        }
        assert_eq!((ln(1.0), ln(0.0), ln(f32::INFINITY)), (0.0, f32::NEG_INFINITY, f32::INFINITY));
        assert!(ln(-1.0).is_nan() && ln(f32::NAN).is_nan());
    }

    #[test]
    fn ln_1p_is_within_a_ten_millionth_and_relative_near_zero() {
        for x in sweep(0.0, 1.0).chain([1e-30, 1e-20, 1e-10, 1e-5]) {
            let truth = f64::from(x).ln_1p();
            let error = (f64::from(ln_1p(x)) - truth).abs();
            assert!(error < 1e-7 && error <= 3e-7 * truth.max(1e-30), "{x} {error}");
        }
    }

    #[test]
    fn tanh_is_within_four_ulp() {
        let worst = sweep(-12.0, 12.0).map(|x| ulps(tanh(x), f64::from(x).tanh())).fold(0.0, f64::max);
        assert!(worst <= 4.0, "{worst}");
        assert_eq!((tanh(0.0), tanh(1e9), tanh(f32::NEG_INFINITY)), (0.0, 1.0, -1.0));
        assert!(tanh(f32::NAN).is_nan());
    }
}
