//! Steps of optimizers over one flat buffer, fused into one pass.

use super::isa::{Isa, per_isa};
use super::real::Real;

/// Constants of one step of Adam, bias corrections worked in.
#[derive(Debug, Clone, Copy)]
pub struct AdamStep {
    /// Weight of the new gradient in the mean of gradients: `1 - beta1`, subtracted before it is
    /// rounded, since an f32 near 1 has lost most digits of its distance from 1.
    pub fresh1: f32,
    /// The same of squared gradients: `1 - beta2`.
    pub fresh2: f32,
    /// Learning rate over the first correction.
    pub rate: f32,
    /// One over the second correction.
    pub inverse_correction2: f32,
    /// Added to the root.
    pub epsilon: f32,
}

per_isa! {
    /// `w <- w - rate m / (sqrt(v / c2) + epsilon)` with m and v updated before.
    pub fn adam_step_of<R: Real>(
        constants: [R; 5],
        parameters: &mut [R],
        gradients: &[R],
        mean: &mut [R],
        square: &mut [R],
    ) = adam_body;
}

/// [`adam_step_of`] in f32.
pub fn adam_step(
    isa: Isa,
    constants: AdamStep,
    parameters: &mut [f32],
    gradients: &[f32],
    mean: &mut [f32],
    square: &mut [f32],
) {
    let AdamStep { fresh1, fresh2, rate, inverse_correction2, epsilon } = constants;
    adam_step_of(
        isa,
        [fresh1, fresh2, rate, inverse_correction2, epsilon],
        parameters,
        gradients,
        mean,
        square,
    );
}

#[inline(always)]
fn adam_body<R: Real>(
    constants: [R; 5],
    parameters: &mut [R],
    gradients: &[R],
    mean: &mut [R],
    square: &mut [R],
) {
    let [fresh1, fresh2, rate, inverse_correction2, epsilon] = constants;
    for (((w, g), m), v) in parameters.iter_mut().zip(gradients).zip(mean).zip(square) {
        *m = fresh1.mul_add(*g - *m, *m);
        *v = fresh2.mul_add(g.mul_add(*g, -*v), *v);
        *w = *w - rate * *m / ((*v * inverse_correction2).sqrt() + epsilon);
    }
}

per_isa! {
    /// `v <- v - lost v + g`, `w <- w - rate v`: `lost` is 1 less the momentum.
    pub fn sgd_step<R: Real>(rate: R, lost: R, parameters: &mut [R], gradients: &[R], velocity: &mut [R]) = sgd_body;
}

#[inline(always)]
fn sgd_body<R: Real>(rate: R, lost: R, parameters: &mut [R], gradients: &[R], velocity: &mut [R]) {
    for ((w, g), v) in parameters.iter_mut().zip(gradients).zip(velocity) {
        *v = (-lost).mul_add(*v, *v) + *g;
        *w = (-rate).mul_add(*v, *w);
    }
}

per_isa! {
    /// `w <- w - rate g`.
    pub fn descend<R: Real>(rate: R, parameters: &mut [R], gradients: &[R]) = descend_body;
}

#[inline(always)]
fn descend_body<R: Real>(rate: R, parameters: &mut [R], gradients: &[R]) {
    for (w, g) in parameters.iter_mut().zip(gradients) {
        *w = (-rate).mul_add(*g, *w);
    }
}

per_isa! {
    /// `w <- w - share w`.
    pub fn decay<R: Real>(share: R, parameters: &mut [R]) = decay_body;
}

#[inline(always)]
fn decay_body<R: Real>(share: R, parameters: &mut [R]) {
    for w in parameters {
        *w = (-share).mul_add(*w, *w);
    }
}
