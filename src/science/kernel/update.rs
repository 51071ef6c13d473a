//! Steps of optimizers over one flat buffer, fused into one pass.

use super::isa::{Isa, per_isa};
use super::real::Real;

/// Constants of one step of Adam, bias corrections worked in.
#[derive(Debug, Clone, Copy)]
pub struct AdamStep {
    /// Decay of the mean of gradients.
    pub beta1: f32,
    /// Decay of the mean of squared gradients.
    pub beta2: f32,
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
    let AdamStep { beta1, beta2, rate, inverse_correction2, epsilon } = constants;
    adam_step_of(
        isa,
        [beta1, beta2, rate, inverse_correction2, epsilon],
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
    let [beta1, beta2, rate, inverse_correction2, epsilon] = constants;
    let (fresh1, fresh2) = (R::ONE - beta1, R::ONE - beta2);
    for (((w, g), m), v) in parameters.iter_mut().zip(gradients).zip(mean).zip(square) {
        *m = beta1.mul_add(*m, fresh1 * *g);
        *v = beta2.mul_add(*v, fresh2 * *g * *g);
        *w = *w - rate * *m / ((*v * inverse_correction2).sqrt() + epsilon);
    }
}

per_isa! {
    /// `v <- momentum v + g`, `w <- w - rate v`.
    pub fn sgd_step<R: Real>(rate: R, momentum: R, parameters: &mut [R], gradients: &[R], velocity: &mut [R]) = sgd_body;
}

#[inline(always)]
fn sgd_body<R: Real>(rate: R, momentum: R, parameters: &mut [R], gradients: &[R], velocity: &mut [R]) {
    for ((w, g), v) in parameters.iter_mut().zip(gradients).zip(velocity) {
        *v = momentum.mul_add(*v, *g);
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
