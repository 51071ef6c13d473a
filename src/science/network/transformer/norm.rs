//! One layer normalization with its gain and shift.

use std::ops::Range;

use crate::science::kernel::isa::Isa;
use crate::science::kernel::norm::{layer_norm, layer_norm_backward};
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;
use crate::science::layout::{Layout, Role};

/// `gain (x - mean) / sd + shift` of each row.
#[derive(Debug)]
pub(super) struct Norm<R> {
    ld: usize,
    gain: Range<usize>,
    shift: Range<usize>,
    /// Rows without gain and shift [n, ld], and one over their deviation [n].
    normal: Vec<R>,
    inverse: Vec<R>,
    output: Vec<R>,
}

impl<R: Real> Norm<R> {
    pub(super) fn new(layout: &mut Layout, name: &str, width: usize, rows: usize) -> Self {
        let ld = padded(width);
        Self {
            ld,
            gain: layout.push(format!("{name} gain"), Role::Bias, 1, width),
            shift: layout.push(format!("{name} shift"), Role::Bias, 1, width),
            normal: vec![R::ZERO; rows * ld],
            inverse: vec![R::ZERO; rows],
            output: vec![R::ZERO; rows * ld],
        }
    }

    pub(super) fn initialize(&self, parameters: &mut [R]) {
        parameters[self.gain.clone()].fill(R::ONE);
        parameters[self.shift.clone()].fill(R::ZERO);
    }

    pub(super) fn output(&self) -> &[R] {
        &self.output
    }

    /// Reads x [n, ld].
    pub(super) fn forward(&mut self, isa: Isa, parameters: &[R], x: &[R]) {
        let (gain, shift) = (&parameters[self.gain.clone()], &parameters[self.shift.clone()]);
        let kept = (&mut self.normal[..], &mut self.inverse[..]);
        layer_norm(isa, self.ld, (gain, shift), x, kept, &mut self.output);
    }

    /// Adds the gradient in x to `dx` [n, ld]; `dy` [n, ld] is used up.
    pub(super) fn backward(
        &self,
        isa: Isa,
        parameters: &[R],
        dy: &mut [R],
        dx: &mut [R],
        gradients: &mut [R],
    ) {
        // gain and shift lie side by side
        let affine = gradients[self.gain.start..self.shift.end].split_at_mut(self.gain.len());
        let (gain, kept) = (&parameters[self.gain.clone()], (&self.normal[..], &self.inverse[..]));
        layer_norm_backward(isa, self.ld, gain, kept, dy, dx, affine);
    }
}
