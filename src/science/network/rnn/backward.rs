//! The gradients of a recurrent network, back through time.

use super::model::Recurrent;
use crate::science::kernel::cells::Backward;
use crate::science::kernel::elementwise::{column_sums, scale};
use crate::science::kernel::product::{Left, padded, product, transpose};
use crate::science::kernel::real::Real;

impl<R: Real> Recurrent<R> {
    /// From the gradient in the outputs to those of the readout and in all states.
    pub(super) fn readout_gradients(&mut self, parameters: &[R], samples: usize, gradients: &mut [R]) {
        let (isa, u, k, rows) = (self.isa, self.units, self.outputs, samples * self.length);
        let (ld_u, ld_k) = (padded(u), padded(k));
        let seen = if self.is_disturbed { &self.disturbed } else { &self.states };
        let dy = &self.logit_gradient[..rows * ld_k];
        let left = Left { data: seen, row_stride: 1, inner_stride: ld_u };
        product(isa, u, rows, ld_k, left, dy, None, &mut self.scratch);
        unpack(&self.scratch, k, &mut gradients[self.tensors.output.clone()]);
        column_sums(isa, dy, &mut self.column[..ld_k]);
        gradients[self.tensors.output_bias.clone()].copy_from_slice(&self.column[..k]);
        transpose(&parameters[self.tensors.output.clone()], k, &mut self.transposed[1], ld_u);
        let left = Left { data: dy, row_stride: ld_k, inner_stride: 1 };
        let dh = &mut self.state_gradient[..rows * ld_u];
        product(isa, rows, k, ld_u, left, &self.transposed[1], None, dh);
        if self.is_disturbed {
            scale(isa, dh, &self.factors[..rows * ld_u]);
        }
    }

    /// From the gradients in all states, last step first, to those in `x W + b` and `h U`.
    pub(super) fn through_time(&mut self, parameters: &[R], samples: usize) {
        let (isa, t, u, g) = (self.isa, self.length, self.units, self.sums);
        let (ld_u, ld_g) = (padded(u), padded(g));
        transpose(&parameters[self.tensors.recurrent.clone()], g, &mut self.transposed[0], ld_u);
        self.memory_gradient.fill(R::ZERO);
        for s in (0..t).rev() {
            for i in 0..samples {
                self.cell_backward(i, s, ld_u, ld_g);
            }
            if s > 0 {
                let sums = &self.recurrent_gradient[s * ld_g..];
                let left = Left { data: sums, row_stride: t * ld_g, inner_stride: 1 };
                product(isa, samples, g, ld_u, left, &self.transposed[0], None, &mut self.carried);
                for i in 0..samples {
                    let below = &mut self.state_gradient[(i * t + s - 1) * ld_u..][..u];
                    below.iter_mut().zip(&self.carried[i * ld_u..]).for_each(|(b, c)| *b = *b + *c);
                }
            }
        }
    }

    /// The gradients of all weights below the readout.
    pub(super) fn weight_gradients(&mut self, samples: usize, gradients: &mut [R]) {
        let (isa, u, g, rows) = (self.isa, self.units, self.sums, samples * self.length);
        let (ld_u, ld_g) = (padded(u), padded(g));
        let left = Left { data: &self.before, row_stride: 1, inner_stride: ld_u };
        let dz = &self.recurrent_gradient[..rows * ld_g];
        product(isa, u, rows, ld_g, left, dz, None, &mut self.scratch);
        unpack(&self.scratch, g, &mut gradients[self.tensors.recurrent.clone()]);
        let dz = &self.input_gradient[..rows * ld_g];
        column_sums(isa, dz, &mut self.column[..ld_g]);
        gradients[self.tensors.bias.clone()].copy_from_slice(&self.column[..g]);
        let input = &mut gradients[self.tensors.input.clone()];
        input.fill(R::ZERO);
        for row in 0..rows {
            let sums = &self.input_gradient[row * ld_g..][..g];
            input[self.read(row) * g..][..g].iter_mut().zip(sums).for_each(|(w, z)| *w = *w + *z);
        }
    }

    /// One row of one step; what passes the state by goes to the step before.
    fn cell_backward(&mut self, sample: usize, s: usize, ld_u: usize, ld_g: usize) {
        let (u, g, row) = (self.units, self.sums, sample * self.length + s);
        let memory = if s > 0 { &self.kept[(row - 1) * u..][..u] } else { &self.before[row * ld_u..][..u] };
        self.cell.backward(
            self.isa,
            Backward {
                gates: &self.gates[row * ld_g..][..g],
                state: &self.before[row * ld_u..][..u],
                memory,
                kept: &self.kept[row * u..][..u],
                next: &self.states[row * ld_u..][..u],
                gradient: &self.state_gradient[row * ld_u..][..u],
                memory_gradient: &mut self.memory_gradient[sample * u..][..u],
                input: &mut self.input_gradient[row * ld_g..][..g],
                recurrent: &mut self.recurrent_gradient[row * ld_g..][..g],
                direct: &mut self.direct,
            },
        );
        if s > 0 {
            let below = &mut self.state_gradient[(row - 1) * ld_u..][..u];
            below.iter_mut().zip(&self.direct).for_each(|(b, d)| *b = *b + *d);
        }
    }
}

/// Padded rows to rows of `columns` numbers.
fn unpack<R: Real>(packed: &[R], columns: usize, weights: &mut [R]) {
    for (w, row) in weights.chunks_exact_mut(columns).zip(packed.chunks_exact(padded(columns))) {
        w.copy_from_slice(&row[..columns]);
    }
}
