//! The running form of a dense stack on its data.

use ndarray::Array2;

use super::activation::Activation;
use super::rows::{EVALUATION_ROWS, InputRows, write_row};
use super::stack::Stack;
use crate::science::data::Dataset;
use crate::science::evaluation::Prediction;
use crate::science::injection::{Binary, Noise, Silence, Site};
use crate::science::kernel::isa::Isa;
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;
use crate::science::layout::Layout;
use crate::science::network::build::Plan;
use crate::science::network::criterion::{Criterion, Rows};
use crate::science::network::head::Head;
use crate::science::network::layer::Layer;
use crate::science::network::model::{Batch, Model};
use crate::science::seed::Stream;

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

/// A dense stack on the task's data.
pub fn build_dense<R: Real>(shape: &Shape, head: Option<&Head>, plan: &Plan) -> DenseStack<R> {
    let criterion =
        Criterion::new(head, plan.label_smoothing, &plan.dataset.targets, Rows::Samples, plan.batch);
    DenseStack::new(plan.isa, shape, criterion, &plan.dataset.inputs, plan.batch)
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
        let site = if branch.is_some() { Site::Branches } else { Site::Hidden };
        Some(Layer { site, number, branch, values, log_variances: None, is_binary: self.is_binary })
    }
}

#[cfg(test)]
mod tests;
