//! Skip connections: what a layer computes is added to what it reads.

use crate::science::injection::Noise;
use crate::science::kernel::elementwise::{add_scaled, scaled};
use crate::science::kernel::isa::Isa;
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;

/// The sum over one layer: `h = x + f * branch(x)`, f [n] the branch's noise or 1.
#[derive(Debug)]
pub(super) struct Skip<R> {
    ld: usize,
    /// Which branch this is, and of how many.
    branch: usize,
    of: usize,
    /// h [n, ld], and the gradient in it.
    sum: Vec<R>,
    gradient: Vec<R>,
    /// f [n]; ones without noise.
    factors: Vec<R>,
}

impl<R: Real> Skip<R> {
    pub(super) fn new(units: usize, branch: usize, of: usize, capacity: usize) -> Self {
        let ld = padded(units);
        let zeros = || vec![R::ZERO; capacity * ld];
        Self { ld, branch, of, sum: zeros(), gradient: zeros(), factors: vec![R::ONE; capacity] }
    }

    /// What the layer above reads [n, ld].
    pub(super) fn output(&self) -> &[R] {
        &self.sum
    }

    pub(super) fn gradient_mut(&mut self) -> &mut [R] {
        &mut self.gradient
    }

    /// h from x and the branch's output, [rows, ld] each.
    pub(super) fn forward(
        &mut self,
        isa: Isa,
        inputs: &[R],
        branch: &[R],
        rows: usize,
        noise: &mut impl Noise<R>,
    ) {
        let factors = &mut self.factors[..rows];
        if !noise.branch(self.branch, self.of, factors) {
            factors.fill(R::ONE);
        }
        let size = rows * self.ld;
        self.sum[..size].copy_from_slice(&inputs[..size]);
        add_scaled(isa, self.ld, factors, branch, &mut self.sum[..size]);
    }

    /// The gradient in the branch's output from that in h.
    pub(super) fn branch_gradient(&self, isa: Isa, rows: usize, branch: &mut [R]) {
        scaled(isa, self.ld, &self.factors[..rows], &self.gradient, branch);
    }

    /// Adds the gradient that went past the branch to that in x.
    pub(super) fn add_past(&self, rows: usize, below: &mut [R]) {
        let size = rows * self.ld;
        below[..size].iter_mut().zip(&self.gradient[..size]).for_each(|(x, g)| *x = *x + *g);
    }
}
