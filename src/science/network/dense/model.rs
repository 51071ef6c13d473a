//! The running form of a dense stack on its data.

use ndarray::Array2;

use super::activation::Activation;
use super::fed::Fed;
use super::rows::{pass_rows, write_rows};
use super::stack::Stack;
use crate::science::data::Dataset;
use crate::science::injection::{Binary, Noise, Site};
use crate::science::kernel::isa::Isa;
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;
use crate::science::layout::Layout;
use crate::science::network::build::Plan;
use crate::science::network::criterion::{Criterion, Rows};
use crate::science::network::features::map::Fitted;
use crate::science::network::head::Head;
use crate::science::network::layer::Layer;
use crate::science::network::model::Batch;
use crate::science::network::supervised::{Pass, Supervised};
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

/// A stack that reads inputs.
#[derive(Debug)]
pub struct Dense<R> {
    stack: Fed<R>,
    hidden: usize,
    is_binary: bool,
    /// What inputs go through before the stack reads them.
    map: Option<Fitted>,
}

/// A dense stack with the criterion of its outputs.
pub type DenseStack<R> = Supervised<R, Dense<R>>;

impl<R: Real> DenseStack<R> {
    /// Plans all buffers for batches of at most `batch` samples of `inputs`
    /// [n, d]; `criterion` holds their targets.
    #[must_use]
    pub fn new(isa: Isa, shape: &Shape, criterion: Criterion<R>, inputs: &Array2<f32>, batch: usize) -> Self {
        let capacity = pass_rows(batch, inputs.nrows());
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
            layout.binarize_weights();
        }
        let pass = Dense {
            stack: Fed::new(stack, inputs, capacity),
            hidden: shape.hidden.len(),
            is_binary: shape.binary.activations,
            map: None,
        };
        Self { isa, layout, criterion, pass }
    }

    /// A stack for a plan's data.
    #[must_use]
    pub fn planned(shape: &Shape, head: Option<&Head>, plan: &Plan) -> Self {
        let criterion = Criterion::planned(head, plan, Rows::Samples, plan.batch);
        Self::new(plan.isa, shape, criterion, &plan.dataset.inputs, plan.batch)
    }

    /// A stack that reads what a map makes of a plan's inputs.
    #[must_use]
    pub fn mapped(shape: &Shape, head: Option<&Head>, plan: &Plan, map: Fitted) -> Self {
        let criterion = Criterion::planned(head, plan, Rows::Samples, plan.batch);
        let features = map.apply(&plan.dataset.inputs);
        let mut model = Self::new(plan.isa, shape, criterion, &features, plan.batch);
        model.pass.map = Some(map);
        model
    }
}

impl<R: Real> Pass<R> for Dense<R> {
    fn initialize(&self, stream: &mut Stream, parameters: &mut [R]) {
        self.stack.stack().initialize(stream, parameters);
    }

    /// Noise on inputs acts on what the stack reads.
    fn take(&mut self, batch: Batch, noise: &mut impl Noise<R>) {
        self.stack.take(batch, noise);
    }

    fn forward(&mut self, parameters: &[R], samples: usize, noise: &mut impl Noise<R>) {
        self.stack.forward(parameters, samples, noise);
    }

    fn outputs(&mut self) -> (&[R], &mut [R], usize) {
        let ld = self.stack.stack().ld();
        let (outputs, gradient) = self.stack.output_and_gradient();
        (outputs, gradient, ld)
    }

    fn backward(&mut self, parameters: &[R], samples: usize, gradients: &mut [R]) {
        self.stack.backward(parameters, samples, gradients);
    }

    fn predict(&mut self, parameters: &[R], data: &Dataset) -> Array2<f32> {
        match &self.map {
            Some(map) => self.stack.outputs(parameters, &map.apply(&data.inputs)),
            None => self.stack.outputs(parameters, &data.inputs),
        }
    }

    fn layer(&mut self, parameters: &[R], data: &Dataset, layer: Option<usize>) -> Option<Layer> {
        let number = layer.unwrap_or(0);
        if number >= self.hidden {
            return None;
        }
        let (_, units, branch) = self.stack.stack().activations(number)?;
        let mut values = Array2::zeros((data.len(), units));
        self.stack.each_pass(parameters, &data.inputs, |stack, rows| {
            if let Some((activations, ..)) = stack.activations(number) {
                write_rows(&mut values, rows, activations, padded(units));
            }
        });
        let site = if branch.is_some() { Site::Branches } else { Site::Hidden };
        Some(Layer { site, number, branch, values, log_variances: None, is_binary: self.is_binary })
    }
}

#[cfg(test)]
mod tests;
