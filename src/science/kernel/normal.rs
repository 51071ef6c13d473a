//! Standard normal numbers in bulk from a random stream.

use rand::Rng;

use super::elementwise::add_scaled;
use super::isa::{Isa, per_isa};
use super::real::Real;
use crate::science::interrupt;
use crate::science::seed::Stream;

/// Pairs drawn at a time.
const PAIRS: usize = 128;

/// Fills `out` with independent standard normal numbers by the trigonometric
/// method (Box & Muller 1958), two 32-bit draws a pair: magnitudes reach 6.7.
///
/// Always whole blocks are drawn, so what comes next in the stream depends on
/// the length of `out` alone.
pub fn fill_normal(isa: Isa, stream: &mut Stream, out: &mut [f32]) {
    let mut bytes = [0u8; PAIRS * 8];
    let (mut radii, mut angles, mut block) = ([0.0f32; PAIRS], [0.0f32; PAIRS], [0.0f32; 2 * PAIRS]);
    for chunk in out.chunks_mut(2 * PAIRS) {
        interrupt::check();
        stream.fill_bytes(&mut bytes);
        for ((radius, angle), bytes) in radii.iter_mut().zip(&mut angles).zip(bytes.chunks_exact(8)) {
            let draw = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
            // (0, 1], every value exact
            #[expect(clippy::cast_precision_loss, reason = "rounding of 32 random bits is harmless")]
            {
                *radius = (draw(0) as f32 + 1.0) * 2.0f32.powi(-32);
                *angle = (draw(4) >> 8) as f32 * 2.0f32.powi(-24);
            }
        }
        pairs(isa, &radii, &angles, &mut block);
        chunk.copy_from_slice(&block[..chunk.len()]);
    }
}

/// Adds normal noise of standard deviation `scale` to every number of `out`,
/// without a buffer of its length.
pub fn add_normal(isa: Isa, stream: &mut Stream, scale: f32, out: &mut [f32]) {
    let mut noise = [0.0f32; 2 * PAIRS];
    for chunk in out.chunks_mut(noise.len()) {
        let noise = &mut noise[..chunk.len()];
        fill_normal(isa, stream, noise);
        add_scaled(isa, chunk.len(), &[scale], noise, chunk);
    }
}

per_isa! {
    /// `sqrt(-2 ln u) (cos, sin)(2 pi v)` for `u` in (0, 1] and `v` in [0, 1).
    pub fn pairs<R: Real>(u: &[R], v: &[R], out: &mut [R]) = pairs_body;
}

#[inline(always)]
fn pairs_body<R: Real>(u: &[R], v: &[R], out: &mut [R]) {
    let (cosines, sines) = out.split_at_mut(u.len());
    for (((u, v), x), y) in u.iter().zip(v).zip(cosines).zip(sines) {
        let radius = (R::from_f64(-2.0) * u.ln()).sqrt();
        let (sine, cosine) = turn(*v);
        *x = radius * cosine;
        *y = radius * sine;
    }
}

/// Sine and cosine of 2 pi v, v in [0, 1): the quarter turn decides which and
/// with what sign, a polynomial within an eighth of a turn does the rest
/// (Cephes, single precision).
#[inline(always)]
fn turn<R: Real>(v: R) -> (R, R) {
    let c = R::from_f64;
    let four = v * c(4.0);
    let quarter = c(libm::floor(four.to_f64()));
    let x = (four - quarter - c(0.5)) * c(std::f64::consts::FRAC_PI_2);
    let square = x * x;
    let mut sine = c(-1.951_529_6e-4);
    sine = sine.mul_add(square, c(8.332_161e-3));
    sine = sine.mul_add(square, c(-0.166_666_55));
    let sine = (sine * square).mul_add(x, x);
    let mut cosine = c(2.443_315_7e-5);
    cosine = cosine.mul_add(square, c(-1.388_731_6e-3));
    cosine = cosine.mul_add(square, c(4.166_664_6e-2));
    let cosine = (cosine * square).mul_add(square, c(-0.5).mul_add(square, R::ONE));
    // (sine, cosine) of the middle of the quarter turn plus x
    let half = c(std::f64::consts::FRAC_1_SQRT_2);
    let (s, k) = ((sine + cosine) * half, (cosine - sine) * half);
    let odd = quarter == R::ONE || quarter == c(3.0);
    let back = quarter >= c(2.0);
    let (s, k) = if odd { (k, -s) } else { (s, k) };
    if back { (-s, -k) } else { (s, k) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::seed::{Purpose, Streams};

    #[test]
    fn turns_are_sines_and_cosines() {
        for i in 0..100_000u32 {
            let v = f64::from(i) / 100_000.0;
            let (sine, cosine) = turn(v);
            let angle = std::f64::consts::TAU * v;
            assert!((sine - angle.sin()).abs() < 2e-7 && (cosine - angle.cos()).abs() < 2e-7, "{v}");
        }
    }

    #[test]
    fn moments_and_tail_are_those_of_the_normal_law_and_neighbours_are_independent() {
        let mut stream = Streams { seed: 2, replicate: 0 }.stream(Purpose::NetworkNoise);
        let mut draws = vec![0.0f32; 400_000];
        fill_normal(Isa::detect(), &mut stream, &mut draws);
        let n = draws.len() as f64;
        let moment = |p: i32| draws.iter().map(|&x| f64::from(x).powi(p)).sum::<f64>() / n;
        for (p, expected, square) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let error = 4.0 * f64::sqrt(square / n);
            assert!((moment(p) - expected).abs() < error, "moment {p}: {}", moment(p));
        }
        let tail = draws.iter().filter(|x| x.abs() > 2.575_829_3).count() as f64 / n;
        assert!((tail - 0.01).abs() < 4.0 * f64::sqrt(0.0099 / n), "{tail}");
        for lag in [1, PAIRS, 2 * PAIRS] {
            let product: f64 =
                draws.iter().zip(&draws[lag..]).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            assert!((product / n).abs() < 4.0 / n.sqrt(), "lag {lag}");
        }
    }

    #[test]
    fn every_instruction_set_draws_the_same_bits() {
        let draw = |isa: Isa| -> Vec<u32> {
            let mut stream = Streams { seed: 2, replicate: 0 }.stream(Purpose::NetworkNoise);
            let mut out = vec![0.0f32; 1001];
            fill_normal(isa, &mut stream, &mut out);
            out.iter().map(|x| x.to_bits()).collect()
        };
        let all: Vec<_> = Isa::available().into_iter().map(draw).collect();
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
