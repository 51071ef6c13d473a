//! A Gaussian code of k numbers: means and log variances side by side in each
//! row of an encoder's output.

use super::isa::per_isa;
use super::real::Real;
use super::reduce::sum;

/// Rows of heads (m, l) [n, `ld_heads`], draws e [n, k] and codes [n, `ld_code`].
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Numbers k of a code.
    pub width: usize,
    /// Distance between rows of heads, and of their gradients.
    pub ld_heads: usize,
    /// Distance between rows of codes, and of their gradients.
    pub ld_code: usize,
}

per_isa! {
    /// `z = m + exp(l / 2) e` for as many rows as there are draws.
    pub fn draw<R: Real>(shape: Shape, heads: &[R], draws: &[R], codes: &mut [R]) = draw_body;
}

#[inline(always)]
fn draw_body<R: Real>(shape: Shape, heads: &[R], draws: &[R], codes: &mut [R]) {
    let (k, half) = (shape.width, R::from_f64(0.5));
    let rows = heads.chunks_exact(shape.ld_heads).zip(codes.chunks_exact_mut(shape.ld_code));
    for ((head, code), draws) in rows.zip(draws.chunks_exact(k)) {
        let (means, log_variances) = head.split_at(k);
        for (((z, mean), l), e) in code.iter_mut().zip(means).zip(log_variances).zip(draws) {
            *z = (half * *l).exp().mul_add(*e, *mean);
        }
    }
}

per_isa! {
    /// `weight` times the rate of each row, KL(q(z|x) || N(0, 1)) in nats, adds to the
    /// gradient [n, `ld_heads`] in the heads what the gradient [n, `ld_code`] in
    /// the code makes of it. `rates` [n] are the rates; `terms` is room for one
    /// row of whole lane groups, zero beyond k.
    pub fn gradient<R: Real>(
        shape: Shape,
        weight: R,
        heads: &[R],
        draws: &[R],
        code_gradient: &[R],
        rows: (&mut [R], &mut [R], &mut [R]),
    ) = gradient_body;
}

#[inline(always)]
fn gradient_body<R: Real>(
    shape: Shape,
    weight: R,
    heads: &[R],
    draws: &[R],
    code_gradient: &[R],
    (gradients, rates, terms): (&mut [R], &mut [R], &mut [R]),
) {
    let (k, half) = (shape.width, R::from_f64(0.5));
    let below = code_gradient.chunks_exact(shape.ld_code).zip(draws.chunks_exact(k));
    let rows = heads.chunks_exact(shape.ld_heads).zip(gradients.chunks_exact_mut(shape.ld_heads));
    for (((head, gradient), (dz, draws)), rate) in rows.zip(below).zip(rates) {
        let (means, log_variances) = (&head[..k], &head[k..2 * k]);
        let (dm, rest) = gradient.split_at_mut(k);
        let (dl, padding) = rest.split_at_mut(k);
        padding.fill(R::ZERO);
        for ((dm, mean), dz) in dm.iter_mut().zip(means).zip(dz) {
            *dm = weight.mul_add(*mean, *dz);
        }
        for ((dl, l), (dz, e)) in dl.iter_mut().zip(log_variances).zip(dz.iter().zip(draws)) {
            let sd = (half * *l).exp();
            *dl = half * (*dz * *e * sd + weight * (sd * sd - R::ONE));
        }
        for ((term, mean), l) in terms.iter_mut().zip(means).zip(log_variances) {
            let sd = (half * *l).exp();
            *term = half * (sd * sd + *mean * *mean - R::ONE - *l);
        }
        *rate = sum(terms);
    }
}
