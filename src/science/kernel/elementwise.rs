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
