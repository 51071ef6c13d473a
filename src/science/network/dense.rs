//! A stack of dense layers with a head, forward and backward.
//!
//! Shapes: n samples, d inputs, k outputs. Activations are row-major [n, ld],
//! ld the number of units padded to whole lane groups; padding stays zero.

mod layer;
mod residual;
pub mod rows;
pub mod stack;

use ndarray::Array2;

use crate::science::evaluation::Prediction;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;
use crate::science::network::Place;
use crate::science::network::criterion::Criterion;
use crate::science::network::layer::Layer;
use crate::science::network::layout::Layout;
use crate::science::network::model::{Batch, Model, Noise, Silence};
use crate::science::regularizer::Binary;
use crate::science::seed::Stream;
use crate::science::source::Dataset;
use rows::InputRows;
use stack::Stack;

/// Function applied to the sums of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// None.
    Identity,
    /// Hyperbolic tangent.
    Tanh,
    /// `max(0, z)`.
    Relu,
    /// `z` times a smooth step, by tanh.
    Gelu,
    /// -1 below zero, else +1, with a straight-through gradient.
    Sign,
}

/// Shape of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Inputs d.
    pub inputs: usize,
    /// Units of each hidden layer.
    pub hidden: Vec<usize>,
    /// Activation of hidden layers.
    pub activation: Activation,
    /// Whether units have biases.
    pub bias: bool,
    /// Whether every hidden layer but the first is added to what it reads.
    pub residual: bool,
    /// What is binary.
    pub binary: Binary,
}

/// Rows that one evaluation pass holds at most.
pub const EVALUATION_ROWS: usize = 512;

/// The running form of a dense stack on its data.
#[derive(Debug)]
pub struct DenseStack<R> {
    isa: Isa,
    layout: Layout,
    stack: Stack<R>,
    criterion: Criterion<R>,
    inputs: InputRows<R>,
    hidden: usize,
    is_binary: bool,
}

impl<R: Real> DenseStack<R> {
    /// Plans all buffers for batches of at most `batch` samples of `inputs`
    /// [n, d]; `criterion` holds their targets.
    #[must_use]
    pub fn new(isa: Isa, shape: &Shape, criterion: Criterion<R>, inputs: &Array2<f32>, batch: usize) -> Self {
        let capacity = batch.max(EVALUATION_ROWS.min(inputs.nrows()));
        let mut layout = Layout::default();
        let activation = if shape.binary.activations { Activation::Sign } else { shape.activation };
        let hidden = shape.hidden.iter().map(|&units| (units, activation));
        let units: Vec<_> = hidden.chain([(criterion.width(), Activation::Identity)]).collect();
        let mut stack = Stack::new(isa, &mut layout, 0, shape.inputs, &units, shape.bias, capacity);
        if shape.residual {
            stack = stack.with_skips(capacity);
        }
        if shape.binary.weights {
            stack = stack.with_binary_weights();
        }
        Self {
            isa,
            layout,
            stack,
            criterion,
            inputs: InputRows::new(inputs, capacity),
            hidden: shape.hidden.len(),
            is_binary: shape.binary.activations,
        }
    }

    /// Outputs [n, k] for `inputs` [n, d], without any noise.
    #[must_use]
    pub fn outputs(&mut self, parameters: &[R], inputs: &Array2<f32>) -> Array2<f32> {
        let mut outputs = Array2::zeros((inputs.nrows(), self.stack.width()));
        let (ld, k) = (self.stack.ld(), self.stack.width());
        for start in (0..inputs.nrows()).step_by(self.inputs.capacity()) {
            let rows = self.inputs.load(inputs, start);
            self.stack.forward(parameters, self.inputs.batch(), rows, &mut Silence, false);
            for (i, z) in self.stack.output().chunks_exact(ld).take(rows).enumerate() {
                write_row(&mut outputs, start + i, &z[..k]);
            }
        }
        outputs
    }
}

/// One row of a result in f32.
#[expect(clippy::cast_possible_truncation, reason = "predictions are kept in f32")]
pub fn write_row<R: Real>(outputs: &mut Array2<f32>, row: usize, z: &[R]) {
    outputs.row_mut(row).iter_mut().zip(z).for_each(|(out, z)| *out = z.to_f64() as f32);
}

impl<R: Real> Model<R> for DenseStack<R> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn initialize(&self, stream: &mut Stream, parameters: &mut [R]) {
        self.stack.initialize(stream, parameters);
    }

    fn gradient(
        &mut self,
        parameters: &[R],
        batch: Batch,
        noise: &mut impl Noise<R>,
        gradients: &mut [R],
    ) -> R {
        let rows = self.criterion.take(batch);
        self.inputs.take(batch, noise);
        let inputs = self.inputs.current();
        self.stack.forward(parameters, inputs, rows, noise, false);
        let ld = self.stack.ld();
        let (outputs, gradient) = self.stack.output_and_gradient();
        let loss = self.criterion.loss(self.isa, rows, outputs, gradient, ld);
        self.stack.backward(parameters, inputs, rows, gradients, None);
        loss
    }

    fn predict(&mut self, parameters: &[R], data: &Dataset) -> Prediction {
        let outputs = self.outputs(parameters, &data.inputs);
        self.criterion.prediction(outputs)
    }

    fn layer(&mut self, parameters: &[R], data: &Dataset, layer: Option<usize>) -> Option<Layer> {
        let number = layer.unwrap_or(0);
        if number >= self.hidden {
            return None;
        }
        let (_, units, branch) = self.stack.activations(number)?;
        let mut values = Array2::zeros((data.len(), units));
        for start in (0..data.len()).step_by(self.inputs.capacity()) {
            let rows = self.inputs.load(&data.inputs, start);
            self.stack.forward(parameters, self.inputs.batch(), rows, &mut Silence, false);
            let (activations, ..) = self.stack.activations(number)?;
            for (i, z) in activations.chunks_exact(padded(units)).take(rows).enumerate() {
                write_row(&mut values, start + i, &z[..units]);
            }
        }
        let place = if branch.is_some() { Place::Branches } else { Place::Hidden };
        Some(Layer { place, number, branch, values, log_variances: None, is_binary: self.is_binary })
    }
}

#[cfg(test)]
mod tests;
