//! Layer normalization of padded rows (Ba et al. 2016), and its gradient.

use super::isa::per_isa;
use super::real::Real;
use super::reduce::{dot, sum};

/// Added to the variance.
const EPSILON: f64 = 1e-5;

per_isa! {
    /// `out = gain (x - mean) / sqrt(variance + 1e-5) + shift` over the first
    /// numbers of each row of x [n, ld] that `affine`, gain and shift, have. `kept`
    /// are the quotient [n, ld] and one over the root [n]. Padding of x and of the
    /// results is and stays zero.
    pub fn layer_norm<R: Real>(
        ld: usize,
        affine: (&[R], &[R]),
        x: &[R],
        kept: (&mut [R], &mut [R]),
        out: &mut [R],
    ) = layer_norm_body;
}

#[inline(always)]
fn layer_norm_body<R: Real>(
    ld: usize,
    (gain, shift): (&[R], &[R]),
    x: &[R],
    (normal, inverse): (&mut [R], &mut [R]),
    out: &mut [R],
) {
    let width = gain.len();
    let share = R::ONE / R::from_f64(count(width));
    let rows = x.chunks_exact(ld).zip(normal.chunks_exact_mut(ld)).zip(out.chunks_exact_mut(ld));
    for (((x, normal), out), inverse) in rows.zip(inverse) {
        let mean = sum(x) * share;
        for (z, x) in normal[..width].iter_mut().zip(x) {
            *z = *x - mean;
        }
        let variance = dot(normal, normal) * share;
        *inverse = R::ONE / (variance + R::from_f64(EPSILON)).sqrt();
        for (((z, out), gain), shift) in normal[..width].iter_mut().zip(out).zip(gain).zip(shift) {
            *z = *z * *inverse;
            *out = z.mul_add(*gain, *shift);
        }
    }
}

per_isa! {
    /// Adds the gradient in x to `dx` [n, ld], from the gradient `dy` [n, ld] in the
    /// result, which is overwritten; those of gain and shift are overwritten too.
    pub fn layer_norm_backward<R: Real>(
        ld: usize,
        gain: &[R],
        kept: (&[R], &[R]),
        dy: &mut [R],
        dx: &mut [R],
        affine_gradients: (&mut [R], &mut [R]),
    ) = layer_norm_backward_body;
}

#[inline(always)]
fn layer_norm_backward_body<R: Real>(
    ld: usize,
    gain: &[R],
    (normal, inverse): (&[R], &[R]),
    dy: &mut [R],
    dx: &mut [R],
    (gain_gradient, shift_gradient): (&mut [R], &mut [R]),
) {
    let width = gain.len();
    let share = R::ONE / R::from_f64(count(width));
    gain_gradient.fill(R::ZERO);
    shift_gradient.fill(R::ZERO);
    let rows = normal.chunks_exact(ld).zip(dy.chunks_exact_mut(ld)).zip(dx.chunks_exact_mut(ld));
    for (((z, dy), dx), inverse) in rows.zip(inverse) {
        let sums = gain_gradient.iter_mut().zip(shift_gradient.iter_mut()).zip(gain);
        for ((z, dy), ((dg, db), gain)) in z[..width].iter().zip(dy.iter_mut()).zip(sums) {
            *dg = dy.mul_add(*z, *dg);
            *db = *db + *dy;
            *dy = *dy * *gain;
        }
        let mean = sum(dy) * share;
        let along = dot(dy, z) * share;
        for ((dx, dy), z) in dx[..width].iter_mut().zip(dy).zip(z) {
            *dx = inverse.mul_add(*dy - mean - *z * along, *dx);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "widths are far below 2^53")]
fn count(n: usize) -> f64 {
    n as f64
}
