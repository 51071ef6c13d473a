//! Element-wise functions over whole buffers.

use super::isa::per_isa;
use super::real::Real;

per_isa! {
    /// `x <- max(0, x)`.
    pub fn relu<R: Real>(x: &mut [R]) = relu_body;
}

#[inline(always)]
fn relu_body<R: Real>(x: &mut [R]) {
    for x in x {
        *x = if *x > R::ZERO { *x } else { R::ZERO };
    }
}

per_isa! {
    /// `dx <- dx` where the activation `a` is above zero, else 0.
    pub fn relu_backward<R: Real>(a: &[R], dx: &mut [R]) = relu_backward_body;
}

#[inline(always)]
fn relu_backward_body<R: Real>(a: &[R], dx: &mut [R]) {
    for (a, dx) in a.iter().zip(dx) {
        *dx = if *a > R::ZERO { *dx } else { R::ZERO };
    }
}

per_isa! {
    /// `x <- tanh x`.
    pub fn tanh<R: Real>(x: &mut [R]) = tanh_body;
}

#[inline(always)]
fn tanh_body<R: Real>(x: &mut [R]) {
    for x in x {
        *x = x.tanh();
    }
}

per_isa! {
    /// `dx <- dx (1 - a^2)`, a the activation.
    pub fn tanh_backward<R: Real>(a: &[R], dx: &mut [R]) = tanh_backward_body;
}

#[inline(always)]
fn tanh_backward_body<R: Real>(a: &[R], dx: &mut [R]) {
    for (a, dx) in a.iter().zip(dx) {
        *dx = *dx * (R::ONE - *a * *a);
    }
}

per_isa! {
    /// `x <- -1` below zero, else 1.
    pub fn sign<R: Real>(x: &mut [R]) = sign_body;
}

#[inline(always)]
fn sign_body<R: Real>(x: &mut [R]) {
    for x in x {
        *x = if *x < R::ZERO { -R::ONE } else { R::ONE };
    }
}

per_isa! {
    /// `dx <- dx` where the sum x lies in [-1, 1], else 0: straight through
    /// (Hubara et al. 2016, equation 4).
    pub fn sign_backward<R: Real>(x: &[R], dx: &mut [R]) = sign_backward_body;
}

#[inline(always)]
fn sign_backward_body<R: Real>(x: &[R], dx: &mut [R]) {
    for (x, dx) in x.iter().zip(dx) {
        *dx = if x.abs() <= R::ONE { *dx } else { R::ZERO };
    }
}

/// `sqrt(2 / pi)`, and the cubic coefficient of Hendrycks & Gimpel.
const GELU: [f64; 2] = [0.797_884_560_802_865_4, 0.044_715];

per_isa! {
    /// `out <- x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))` (Hendrycks & Gimpel
    /// 2016, the form without erf).
    pub fn gelu<R: Real>(x: &[R], out: &mut [R]) = gelu_body;
}

#[inline(always)]
fn gelu_body<R: Real>(x: &[R], out: &mut [R]) {
    let (half, [scale, cubic]) = (R::from_f64(0.5), GELU.map(R::from_f64));
    for (x, out) in x.iter().zip(out) {
        let inner = scale * *x * cubic.mul_add(*x * *x, R::ONE);
        *out = half * *x * (R::ONE + inner.tanh());
    }
}

per_isa! {
    /// `dx <- dx gelu'(x)`, x the sums before it.
    pub fn gelu_backward<R: Real>(x: &[R], dx: &mut [R]) = gelu_backward_body;
}

#[inline(always)]
fn gelu_backward_body<R: Real>(x: &[R], dx: &mut [R]) {
    let (half, [scale, cubic]) = (R::from_f64(0.5), GELU.map(R::from_f64));
    let three = R::from_f64(3.0);
    for (x, dx) in x.iter().zip(dx) {
        let square = *x * *x;
        let t = (scale * *x * cubic.mul_add(square, R::ONE)).tanh();
        let slope = scale * (three * cubic).mul_add(square, R::ONE);
        *dx = *dx * half * (R::ONE + t + *x * (R::ONE - t * t) * slope);
    }
}

per_isa! {
    /// `out <- x * factors`.
    pub fn multiply<R: Real>(x: &[R], factors: &[R], out: &mut [R]) = multiply_body;
}

#[inline(always)]
fn multiply_body<R: Real>(x: &[R], factors: &[R], out: &mut [R]) {
    for ((x, factor), out) in x.iter().zip(factors).zip(out) {
        *out = *x * *factor;
    }
}

per_isa! {
    /// `x <- x * factors`.
    pub fn scale<R: Real>(x: &mut [R], factors: &[R]) = scale_body;
}

#[inline(always)]
fn scale_body<R: Real>(x: &mut [R], factors: &[R]) {
    for (x, factor) in x.iter_mut().zip(factors) {
        *x = *x * *factor;
    }
}

per_isa! {
    /// `out <- out + f x`, one factor f for each `size` numbers.
    pub fn add_scaled<R: Real>(size: usize, factors: &[R], x: &[R], out: &mut [R]) = add_scaled_body;
}

#[inline(always)]
fn add_scaled_body<R: Real>(size: usize, factors: &[R], x: &[R], out: &mut [R]) {
    for ((factor, x), out) in factors.iter().zip(x.chunks_exact(size)).zip(out.chunks_exact_mut(size)) {
        for (out, x) in out.iter_mut().zip(x) {
            *out = factor.mul_add(*x, *out);
        }
    }
}

per_isa! {
    /// `out <- f x`, one factor f for each `size` numbers.
    pub fn scaled<R: Real>(size: usize, factors: &[R], x: &[R], out: &mut [R]) = scaled_body;
}

#[inline(always)]
fn scaled_body<R: Real>(size: usize, factors: &[R], x: &[R], out: &mut [R]) {
    for ((factor, x), out) in factors.iter().zip(x.chunks_exact(size)).zip(out.chunks_exact_mut(size)) {
        for (out, x) in out.iter_mut().zip(x) {
            *out = *factor * *x;
        }
    }
}

per_isa! {
    /// `sums[j] <- sum_i x[i, j]` over rows of `sums.len()` numbers, whole lane
    /// groups: of every eight rows the first is added to the fifth and so on,
    /// which keeps no addition waiting for the one before.
    pub fn column_sums<R: Real>(x: &[R], sums: &mut [R]) = column_sums_body;
}

#[inline(always)]
fn column_sums_body<R: Real>(x: &[R], sums: &mut [R]) {
    let width = sums.len();
    let groups = x.chunks_exact(8 * width);
    let rest = groups.remainder();
    sums.fill(R::ZERO);
    for group in groups {
        let (low, high) = group.split_at(4 * width);
        let pair = |i: usize| low[i * width..][..width].iter().zip(&high[i * width..][..width]);
        let pairs = sums.iter_mut().zip(pair(0)).zip(pair(1)).zip(pair(2)).zip(pair(3));
        for ((((sum, (a, e)), (b, f)), (c, g)), (d, h)) in pairs {
            *sum = *sum + (((*a + *e) + (*c + *g)) + ((*b + *f) + (*d + *h)));
        }
    }
    for row in rest.chunks_exact(width) {
        for (sum, x) in sums.iter_mut().zip(row) {
            *sum = *sum + *x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::kernel::isa::Isa;

    #[test]
    fn column_sums_are_over_all_rows() {
        for rows in [0, 1, 7, 8, 9, 37] {
            let x: Vec<f64> = (0..rows * 16).map(|i| f64::from(i * i % 23)).collect();
            let mut sums = [f64::NAN; 16];
            column_sums(Isa::detect(), &x, &mut sums);
            for (j, sum) in sums.iter().enumerate() {
                assert_eq!(*sum, x.iter().skip(j).step_by(16).sum::<f64>());
            }
        }
    }

    #[test]
    fn gelu_has_its_published_form() {
        let sums = [-3.0f64, -0.5, 0.0, 1.0, 4.0];
        let mut out = [0.0; 5];
        gelu(Isa::detect(), &sums, &mut out);
        for (x, y) in sums.into_iter().zip(out) {
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
            assert!((y - 0.5 * x * (1.0 + inner.tanh())).abs() < 1e-14, "{x} {y}");
        }
    }
}
