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
    /// `sums[j] <- sum_i x[i, j]` over rows of `sums.len()` numbers, i from 0 on.
    pub fn column_sums<R: Real>(x: &[R], sums: &mut [R]) = column_sums_body;
}

#[inline(always)]
fn column_sums_body<R: Real>(x: &[R], sums: &mut [R]) {
    sums.fill(R::ZERO);
    for row in x.chunks_exact(sums.len()) {
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
