//! One dense layer, forward and backward.

use std::ops::Range;

use crate::science::injection::Noise;
use crate::science::kernel::elementwise::{
    column_sums, gelu, gelu_backward, multiply, relu, relu_backward, scale, sign, sign_backward, tanh,
    tanh_backward,
};
use crate::science::kernel::isa::Isa;
use crate::science::kernel::product::{Left, padded, product, product_transposed};
use crate::science::kernel::real::Real;
use crate::science::layout::{Layout, Role};
use crate::science::network::dense::activation::Activation;
use crate::science::seed::{Stream, standard_normal};

/// `h = noise * activation(x W + b)`: x [n, `fan_in`], W [`fan_in`, units], b [units].
#[derive(Debug)]
pub(super) struct Layer<R> {
    fan_in: usize,
    units: usize,
    activation: Activation,
    weights: Range<usize>,
    biases: Option<Range<usize>>,
    /// W [`fan_in`, ld] and its transpose [units, ld of `fan_in`], padded with zeros.
    packed: Vec<R>,
    transposed: Vec<R>,
    packed_bias: Vec<R>,
    /// Signs of W times its mean magnitude, where weights are binary.
    binary: Vec<R>,
    /// Sums before the activation [n, ld], where its slope needs them.
    sums: Vec<R>,
    /// Activations before noise [n, ld], and after it when there is any.
    activations: Vec<R>,
    disturbed: Vec<R>,
    factors: Vec<R>,
    is_disturbed: bool,
    /// Gradient in the layer's sums [n, ld].
    gradient: Vec<R>,
    /// Weight gradients with padded rows.
    scratch: Vec<R>,
}

impl<R: Real> Layer<R> {
    pub(super) fn new(
        layout: &mut Layout,
        number: usize,
        fan_in: usize,
        units: usize,
        activation: Activation,
        bias: bool,
        capacity: usize,
    ) -> Self {
        let (ld, ld_in) = (padded(units), padded(fan_in));
        let zeros = |count: usize| vec![R::ZERO; count];
        Self {
            fan_in,
            units,
            activation,
            weights: layout.push(format!("layer {number} weight"), Role::Weight, fan_in, units),
            biases: bias.then(|| layout.push(format!("layer {number} bias"), Role::Bias, 1, units)),
            packed: zeros(if ld == units { 0 } else { fan_in * ld }),
            transposed: zeros(units * ld_in),
            packed_bias: zeros(ld),
            binary: Vec::new(),
            sums: zeros(if needs_sums(activation) { capacity * ld } else { 0 }),
            activations: zeros(capacity * ld),
            disturbed: Vec::new(),
            factors: Vec::new(),
            is_disturbed: false,
            gradient: zeros(capacity * ld),
            scratch: zeros(if ld == units { 0 } else { fan_in * ld }),
        }
    }

    /// From now on the weights are binary.
    pub(super) fn binarize(&mut self) {
        self.binary = vec![R::ZERO; self.fan_in * self.units];
    }

    pub(super) fn units(&self) -> usize {
        self.units
    }

    /// What the layer above sees [n, ld].
    pub(super) fn output(&self) -> &[R] {
        if self.is_disturbed { &self.disturbed } else { &self.activations }
    }

    /// Sums or activations [n, ld] and gradient [n, ld], for the loss.
    pub(super) fn output_and_gradient(&mut self) -> (&[R], &mut [R]) {
        (&self.activations, &mut self.gradient)
    }

    pub(super) fn gradient_mut(&mut self) -> &mut [R] {
        &mut self.gradient
    }

    /// Weights of variance `2/fan_in` for `ReLU` and GELU (He et al. 2015), else `1/fan_in`
    /// (`LeCun` et al. 1998); biases zero.
    #[expect(clippy::cast_precision_loss, reason = "widths are far below 2^53")]
    pub(super) fn initialize(&self, stream: &mut Stream, parameters: &mut [R]) {
        let gain = if matches!(self.activation, Activation::Relu | Activation::Gelu) { 2.0 } else { 1.0 };
        let sd = libm::sqrt(gain / self.fan_in as f64);
        for w in &mut parameters[self.weights.clone()] {
            *w = R::from_f64(sd * standard_normal(stream));
        }
        if let Some(biases) = &self.biases {
            parameters[biases.clone()].fill(R::ZERO);
        }
    }

    pub(super) fn forward(&mut self, isa: Isa, parameters: &[R], inputs: &[R], rows: usize) {
        let (ld, ld_in) = (padded(self.units), padded(self.fan_in));
        let mut weights = &parameters[self.weights.clone()];
        if !self.binary.is_empty() {
            binarize(weights, &mut self.binary);
            weights = &self.binary;
        }
        if ld != self.units {
            for (row, w) in self.packed.chunks_exact_mut(ld).zip(weights.chunks_exact(self.units)) {
                row[..self.units].copy_from_slice(w);
            }
            weights = &self.packed;
        }
        if let Some(biases) = &self.biases {
            self.packed_bias[..self.units].copy_from_slice(&parameters[biases.clone()]);
        }
        let left = Left { data: inputs, row_stride: ld_in, inner_stride: 1 };
        let activations = &mut self.activations[..rows * ld];
        product(isa, rows, self.fan_in, ld, left, weights, Some(&self.packed_bias), activations);
        match self.activation {
            Activation::Identity => {}
            Activation::Relu => relu(isa, activations),
            Activation::Tanh => tanh(isa, activations),
            Activation::Gelu => {
                self.sums[..rows * ld].copy_from_slice(activations);
                gelu(isa, &self.sums[..rows * ld], activations);
            }
            Activation::Sign => {
                self.sums[..rows * ld].copy_from_slice(activations);
                sign(isa, activations);
                // padding has no sign
                activations.chunks_exact_mut(ld).for_each(|row| row[self.units..].fill(R::ZERO));
            }
        }
        self.is_disturbed = false;
    }

    /// Multiplies the activations by noise, if there is any.
    pub(super) fn disturb(&mut self, isa: Isa, number: usize, rows: usize, noise: &mut impl Noise<R>) {
        if noise.is_silent() {
            return;
        }
        let (ld, size) = (padded(self.units), rows * padded(self.units));
        if self.factors.is_empty() {
            // only with noise, and only before the first step has ended
            self.factors = vec![R::ZERO; self.activations.len()];
            self.disturbed = vec![R::ZERO; self.activations.len()];
        }
        self.is_disturbed = noise.hidden(number, &mut self.factors[..rows * self.units]);
        if !self.is_disturbed {
            return;
        }
        if ld != self.units {
            // from rows of units to rows of ld, the last row first
            for row in (0..rows).rev() {
                self.factors.copy_within(row * self.units..(row + 1) * self.units, row * ld);
                self.factors[row * ld + self.units..(row + 1) * ld].fill(R::ZERO);
            }
        }
        multiply(isa, &self.activations[..size], &self.factors[..size], &mut self.disturbed[..size]);
    }

    /// Takes the gradient in what the layer above saw to the layer's own sums.
    pub(super) fn undisturb(&mut self, isa: Isa, rows: usize) {
        let size = rows * padded(self.units);
        let gradient = &mut self.gradient[..size];
        if self.is_disturbed {
            scale(isa, gradient, &self.factors[..size]);
        }
        match self.activation {
            Activation::Identity => {}
            Activation::Relu => relu_backward(isa, &self.activations[..size], gradient),
            Activation::Tanh => tanh_backward(isa, &self.activations[..size], gradient),
            Activation::Gelu => gelu_backward(isa, &self.sums[..size], gradient),
            Activation::Sign => sign_backward(isa, &self.sums[..size], gradient),
        }
    }

    /// Whether units fill their lanes so badly that it is cheaper to let the inputs
    /// fill them. Less than four rows take the time of four.
    fn is_narrow(&self) -> bool {
        self.units.max(4) * padded(self.fan_in) < self.fan_in * padded(self.units)
    }

    /// dW = x^T dz, db = sum over samples of dz.
    pub(super) fn weight_gradients(&mut self, isa: Isa, inputs: &[R], rows: usize, gradients: &mut [R]) {
        let (ld, ld_in) = (padded(self.units), padded(self.fan_in));
        let left = Left { data: inputs, row_stride: 1, inner_stride: ld_in };
        let dz = &self.gradient[..rows * ld];
        let dw = &mut gradients[self.weights.clone()];
        if self.is_narrow() {
            // (dz^T x)^T: the same sums, without lanes that hold nothing
            let left = Left { data: dz, row_stride: 1, inner_stride: ld };
            product(isa, self.units, rows, ld_in, left, inputs, None, &mut self.transposed);
            for (unit, sums) in self.transposed.chunks_exact(ld_in).enumerate() {
                let column = dw.iter_mut().skip(unit).step_by(self.units);
                column.zip(sums).for_each(|(dw, sum)| *dw = *sum);
            }
        } else if ld == self.units {
            product(isa, self.fan_in, rows, ld, left, dz, None, dw);
        } else {
            product(isa, self.fan_in, rows, ld, left, dz, None, &mut self.scratch);
            for (dw, row) in dw.chunks_exact_mut(self.units).zip(self.scratch.chunks_exact(ld)) {
                dw.copy_from_slice(&row[..self.units]);
            }
        }
        if let Some(biases) = &self.biases {
            column_sums(isa, dz, &mut self.packed_bias);
            gradients[biases.clone()].copy_from_slice(&self.packed_bias[..self.units]);
        }
    }

    /// dx = dz W^T into `below` [n, ld of `fan_in`].
    pub(super) fn input_gradients(&mut self, isa: Isa, parameters: &[R], rows: usize, below: &mut [R]) {
        let (ld, ld_in) = (padded(self.units), padded(self.fan_in));
        let weights = if self.binary.is_empty() { &parameters[self.weights.clone()] } else { &self.binary };
        let left = Left { data: &self.gradient[..rows * ld], row_stride: ld, inner_stride: 1 };
        product_transposed(
            isa,
            rows,
            self.units,
            ld_in,
            left,
            weights,
            &mut self.transposed,
            &mut below[..rows * ld_in],
        );
    }
}

/// Whether the slope of the activation is a function of the sums alone.
fn needs_sums(activation: Activation) -> bool {
    matches!(activation, Activation::Gelu | Activation::Sign)
}

/// Signs of the weights times their mean magnitude (Rastegari et al. 2016,
/// equation 6, one scale a tensor).
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
fn binarize<R: Real>(weights: &[R], binary: &mut [R]) {
    let sum: f64 = weights.iter().map(|w| w.abs().to_f64()).sum();
    let scale = R::from_f64(sum / weights.len() as f64);
    for (b, w) in binary.iter_mut().zip(weights) {
        *b = if *w < R::ZERO { -scale } else { scale };
    }
}
