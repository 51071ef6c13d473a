//! The running form of a recurrent network, forward and backward through time.
//!
//! Rows are the symbols of all samples, sample by sample: row `i t + s` is step s
//! of sample i, t the length of a string.

use std::ops::Range;

use ndarray::Array2;

use super::Rnn;
use super::cell::Cell;
use crate::science::data::Dataset;
use crate::science::injection::Noise;
use crate::science::kernel::cells::Forward;
use crate::science::kernel::elementwise::multiply;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::product::{Left, padded, product};
use crate::science::kernel::real::Real;
use crate::science::layout::{Layout, Role};
use crate::science::network::build::{Build, Plan};
use crate::science::network::criterion::{Criterion, Rows};
use crate::science::network::model::Batch;
use crate::science::network::strings::{self, Reader, Strings};
use crate::science::network::supervised::{Pass, Supervised};
use crate::science::seed::{Stream, standard_normal};

/// Where each tensor lies.
#[derive(Debug)]
pub(super) struct Tensors {
    pub(super) input: Range<usize>,
    pub(super) recurrent: Range<usize>,
    pub(super) bias: Range<usize>,
    pub(super) output: Range<usize>,
    pub(super) output_bias: Range<usize>,
}

/// One recurrent layer with its readout, all buffers planned.
#[derive(Debug)]
pub struct Recurrent<R> {
    pub(super) isa: Isa,
    pub(super) cell: Cell,
    pub(super) tensors: Tensors,
    /// The strings, symbols t of each, units u, gates g u.
    pub(super) strings: Strings,
    pub(super) length: usize,
    pub(super) units: usize,
    pub(super) sums: usize,
    pub(super) outputs: usize,
    /// U [u, ld] and V [u, ld] with padded rows, and both transposed.
    pub(super) packed: [Vec<R>; 2],
    pub(super) transposed: [Vec<R>; 2],
    pub(super) packed_bias: Vec<R>,
    /// States after and before each step [n t, ld of u], what the readout sees.
    pub(super) states: Vec<R>,
    pub(super) before: Vec<R>,
    pub(super) disturbed: Vec<R>,
    pub(super) factors: Vec<R>,
    pub(super) is_disturbed: bool,
    /// Gates [n t, ld of g u], and what cells keep [n t, u].
    pub(super) gates: Vec<R>,
    pub(super) kept: Vec<R>,
    /// Products of one step [n, ld of g u].
    pub(super) step: Vec<R>,
    pub(super) logits: Vec<R>,
    pub(super) logit_gradient: Vec<R>,
    /// Gradients in states [n t, ld of u], in `x W + b` and `h U` [n t, ld of g u].
    pub(super) state_gradient: Vec<R>,
    pub(super) input_gradient: Vec<R>,
    pub(super) recurrent_gradient: Vec<R>,
    /// Gradients that one step hands to the step before [n, ld of u] and [n, u].
    pub(super) carried: Vec<R>,
    pub(super) direct: Vec<R>,
    pub(super) memory_gradient: Vec<R>,
    pub(super) scratch: Vec<R>,
    pub(super) column: Vec<R>,
}

impl<R: Real> Recurrent<R> {
    fn new(rnn: &Rnn, isa: Isa, layout: &mut Layout, strings: Strings, outputs: usize) -> Self {
        let (length, capacity, alphabet) = (strings.length(), strings.capacity(), strings.alphabet());
        let (units, sums) = (rnn.units, rnn.cell.gates() * rnn.units);
        let tensors = Tensors {
            input: layout.push_embedding("input weight", alphabet + 1, sums, rnn.cell.gates()),
            recurrent: layout.push_gates("recurrent weight", units, sums, rnn.cell.gates()),
            bias: layout.push("bias", Role::Bias, 1, sums),
            output: layout.push("output weight", Role::Weight, units, outputs),
            output_bias: layout.push("output bias", Role::Bias, 1, outputs),
        };
        let rows = capacity * length;
        let (ld_u, ld_g, ld_k) = (padded(units), padded(sums), padded(outputs));
        let zeros = |count: usize| vec![R::ZERO; count];
        Self {
            isa,
            cell: rnn.cell,
            tensors,
            strings,
            length,
            units,
            sums,
            outputs,
            packed: [zeros(units * ld_g), zeros(units * ld_k)],
            transposed: [zeros(sums * ld_u), zeros(outputs * ld_u)],
            packed_bias: zeros(ld_k),
            states: zeros(rows * ld_u),
            before: zeros(rows * ld_u),
            disturbed: Vec::new(),
            factors: Vec::new(),
            is_disturbed: false,
            gates: zeros(rows * ld_g),
            kept: zeros(rows * units),
            step: zeros(capacity * ld_g),
            logits: zeros(rows * ld_k),
            logit_gradient: zeros(rows * ld_k),
            state_gradient: zeros(rows * ld_u),
            input_gradient: zeros(rows * ld_g),
            recurrent_gradient: zeros(rows * ld_g),
            carried: zeros(capacity * ld_u),
            direct: zeros(units),
            memory_gradient: zeros(capacity * units),
            scratch: zeros(units * ld_g.max(ld_k)),
            column: zeros(ld_g.max(ld_k)),
        }
    }

    /// The symbol read at a row: the one before, or the start symbol.
    pub(super) fn read(&self, row: usize) -> usize {
        self.strings.before(row).unwrap_or(self.strings.alphabet())
    }

    /// Noise on what the readout sees, never on the state itself (Zaremba et al.
    /// 2014).
    fn disturb(&mut self, rows: usize, noise: &mut impl Noise<R>) {
        self.is_disturbed = false;
        if noise.is_silent() {
            return;
        }
        let (u, ld) = (self.units, padded(self.units));
        if self.factors.is_empty() {
            self.factors = vec![R::ZERO; self.states.len()];
            self.disturbed = vec![R::ZERO; self.states.len()];
        }
        self.is_disturbed = noise.hidden(0, &mut self.factors[..rows * u]);
        if self.is_disturbed {
            if ld != u {
                for row in (0..rows).rev() {
                    self.factors.copy_within(row * u..(row + 1) * u, row * ld);
                    self.factors[row * ld + u..(row + 1) * ld].fill(R::ZERO);
                }
            }
            let size = rows * ld;
            multiply(self.isa, &self.states[..size], &self.factors[..size], &mut self.disturbed[..size]);
        }
    }
}

/// Rows of `columns` numbers to padded rows.
fn pack<R: Real>(weights: &[R], columns: usize, packed: &mut [R]) {
    for (row, w) in packed.chunks_exact_mut(padded(columns)).zip(weights.chunks_exact(columns)) {
        row[..columns].copy_from_slice(w);
    }
}

impl Build for Rnn {
    type Model<R: Real> = Supervised<R, Recurrent<R>>;

    fn build<R: Real>(&self, plan: &Plan) -> Self::Model<R> {
        let strings = Strings::new(&plan.dataset.targets, plan.batch);
        let criterion = Criterion::planned(None, plan, Rows::Symbols, strings.capacity());
        let mut layout = Layout::default();
        let pass = Recurrent::new(self, plan.isa, &mut layout, strings, criterion.width());
        Supervised { isa: plan.isa, layout, criterion, pass }
    }
}

impl<R: Real> Reader<R> for Recurrent<R> {
    fn strings(&mut self) -> &mut Strings {
        &mut self.strings
    }
}

impl<R: Real> Pass<R> for Recurrent<R> {
    /// Weights of variance `1 / units`, biases zero.
    #[expect(clippy::cast_precision_loss, reason = "widths are far below 2^53")]
    fn initialize(&self, stream: &mut Stream, parameters: &mut [R]) {
        parameters.fill(R::ZERO);
        let sd = libm::sqrt(1.0 / self.units as f64);
        for range in [&self.tensors.input, &self.tensors.recurrent, &self.tensors.output] {
            let weights = &mut parameters[range.clone()];
            weights.iter_mut().for_each(|w| *w = R::from_f64(sd * standard_normal(stream)));
        }
    }

    fn take(&mut self, batch: Batch, _noise: &mut impl Noise<R>) {
        self.strings.take(batch);
    }

    /// All states and outputs of the samples in `batch`.
    fn forward(&mut self, parameters: &[R], samples: usize, noise: &mut impl Noise<R>) {
        let (t, u, g) = (self.length, self.units, self.sums);
        let (ld_u, ld_g, ld_k) = (padded(u), padded(g), padded(self.outputs));
        pack(&parameters[self.tensors.recurrent.clone()], g, &mut self.packed[0]);
        pack(&parameters[self.tensors.output.clone()], self.outputs, &mut self.packed[1]);
        let bias = &parameters[self.tensors.bias.clone()];
        for s in 0..t {
            let left = Left { data: &self.before[s * ld_u..], row_stride: t * ld_u, inner_stride: 1 };
            product(self.isa, samples, u, ld_g, left, &self.packed[0], None, &mut self.step);
            for i in 0..samples {
                let row = i * t + s;
                let read = self.tensors.input.start + self.read(row) * g;
                // the memory after the step before; none at the start
                let (earlier, kept) = self.kept.split_at_mut(row * u);
                let memory = if s > 0 { &earlier[(row - 1) * u..] } else { &self.before[row * ld_u..][..u] };
                self.cell.forward(
                    self.isa,
                    Forward {
                        input: &parameters[read..read + g],
                        bias,
                        recurrent: &self.step[i * ld_g..][..g],
                        state: &self.before[row * ld_u..][..u],
                        memory,
                        gates: &mut self.gates[row * ld_g..][..g],
                        kept: &mut kept[..u],
                        next: &mut self.states[row * ld_u..][..u],
                    },
                );
                if s + 1 < t {
                    self.before[(row + 1) * ld_u..][..u].copy_from_slice(&self.states[row * ld_u..][..u]);
                }
            }
        }
        self.disturb(samples * t, noise);
        self.packed_bias[..self.outputs].copy_from_slice(&parameters[self.tensors.output_bias.clone()]);
        let seen = if self.is_disturbed { &self.disturbed } else { &self.states };
        let left = Left { data: seen, row_stride: ld_u, inner_stride: 1 };
        let logits = &mut self.logits[..samples * t * ld_k];
        product(self.isa, samples * t, u, ld_k, left, &self.packed[1], Some(&self.packed_bias), logits);
    }

    fn outputs(&mut self) -> (&[R], &mut [R], usize) {
        (&self.logits, &mut self.logit_gradient, padded(self.outputs))
    }

    fn backward(&mut self, parameters: &[R], samples: usize, gradients: &mut [R]) {
        self.readout_gradients(parameters, samples, gradients);
        self.through_time(parameters, samples);
        self.weight_gradients(samples, gradients);
    }

    fn predict(&mut self, parameters: &[R], data: &Dataset) -> Array2<f32> {
        let k = self.outputs;
        strings::outputs(self, parameters, data, k)
    }

    fn is_autoregressive(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
