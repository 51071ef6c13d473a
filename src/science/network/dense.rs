//! A stack of dense layers with a categorical head, forward and backward.
//!
//! Shapes: n samples, d inputs, k classes. Activations are row-major [n, ld],
//! ld the number of units padded to whole lane groups; padding stays zero.

mod head;
mod layer;

use crate::science::kernel::isa::Isa;
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;
use crate::science::network::layout::Layout;
use crate::science::network::model::{Batch, Model, Noise, Silence};
use crate::science::seed::Stream;
use head::Head;
use layer::Layer;

/// Function applied to the sums of a hidden layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// None.
    Identity,
    /// Hyperbolic tangent.
    Tanh,
    /// `max(0, z)`.
    Relu,
}

/// Shape of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Inputs d.
    pub inputs: usize,
    /// Units of each hidden layer.
    pub hidden: Vec<usize>,
    /// Classes k; two are read by one logit.
    pub classes: usize,
    /// Activation of hidden layers.
    pub activation: Activation,
    /// Whether units have biases.
    pub bias: bool,
}

/// Rows that one evaluation pass holds at most.
const EVALUATION_ROWS: usize = 512;

/// The running form of a dense stack on its data.
#[derive(Debug)]
pub struct DenseStack<R> {
    isa: Isa,
    layout: Layout,
    layers: Vec<Layer<R>>,
    head: Head<R>,
    data: Data<R>,
    /// Inputs of the current pass [rows, ld].
    inputs: Vec<R>,
    capacity: usize,
}

/// The network's own copy of what it is trained on.
#[derive(Debug)]
struct Data<R> {
    inputs: Vec<R>,
    labels: Vec<u32>,
    width: usize,
}

impl<R: Real> DenseStack<R> {
    /// Plans all buffers for batches of `batch` samples of `inputs` [n, d] with
    /// `labels` [n].
    #[must_use]
    pub fn new(
        isa: Isa,
        shape: Shape,
        label_smoothing: f64,
        inputs: &[f32],
        labels: &[u32],
        batch: usize,
    ) -> Self {
        let capacity = batch.max(EVALUATION_ROWS.min(labels.len()));
        let outputs = if shape.classes == 2 { 1 } else { shape.classes };
        let mut layout = Layout::default();
        let mut layers = Vec::new();
        let mut fan_in = shape.inputs;
        let units: Vec<usize> = shape.hidden.iter().copied().chain([outputs]).collect();
        for (i, &units) in units.iter().enumerate() {
            let is_head = i == shape.hidden.len();
            let activation = if is_head { Activation::Identity } else { shape.activation };
            layers.push(Layer::new(&mut layout, i, fan_in, units, activation, shape.bias, capacity));
            fan_in = units;
        }
        let width = padded(shape.inputs);
        let mut packed = vec![R::ZERO; labels.len() * width];
        for (row, source) in packed.chunks_exact_mut(width).zip(inputs.chunks_exact(shape.inputs)) {
            row.iter_mut().zip(source).for_each(|(x, source)| *x = R::from_f64(f64::from(*source)));
        }
        Self {
            isa,
            layout,
            layers,
            head: Head::new(shape.classes, label_smoothing, capacity),
            data: Data { inputs: packed, labels: labels.to_vec(), width },
            inputs: vec![R::ZERO; capacity * width],
            capacity,
        }
    }

    fn forward(&mut self, parameters: &[R], whole_dataset: bool, rows: usize, noise: &mut impl Noise<R>) {
        for i in 0..self.layers.len() {
            let (before, rest) = self.layers.split_at_mut(i);
            let inputs = match before.last() {
                Some(below) => below.output(),
                None if whole_dataset => &self.data.inputs,
                None => &self.inputs,
            };
            let is_hidden = rest.len() > 1;
            rest[0].forward(self.isa, parameters, inputs, rows);
            if is_hidden {
                rest[0].disturb(self.isa, i, rows, noise);
            }
        }
    }

    fn backward(&mut self, parameters: &[R], whole_dataset: bool, rows: usize, gradients: &mut [R]) {
        for i in (0..self.layers.len()).rev() {
            let (before, rest) = self.layers.split_at_mut(i);
            let inputs = match before.last() {
                Some(below) => below.output(),
                None if whole_dataset => &self.data.inputs,
                None => &self.inputs,
            };
            rest[0].weight_gradients(self.isa, inputs, rows, gradients);
            if let Some(below) = before.last_mut() {
                rest[0].input_gradients(self.isa, parameters, rows, below.gradient_mut());
                below.undisturb(self.isa, rows);
            }
        }
    }
}

impl<R: Real> Model<R> for DenseStack<R> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn width(&self) -> usize {
        self.layers.last().map_or(0, Layer::units)
    }

    fn initialize(&self, stream: &mut Stream, parameters: &mut [R]) {
        for layer in &self.layers {
            layer.initialize(stream, parameters);
        }
    }

    fn gradient(
        &mut self,
        parameters: &[R],
        batch: Batch,
        noise: &mut impl Noise<R>,
        gradients: &mut [R],
    ) -> R {
        let (whole_dataset, rows) = match batch {
            Batch::All => {
                self.head.take_labels(&self.data.labels);
                (true, self.data.labels.len())
            }
            Batch::Rows(rows) => {
                let width = self.data.width;
                for (row, &source) in self.inputs.chunks_exact_mut(width).zip(rows) {
                    row.copy_from_slice(&self.data.inputs[source as usize * width..][..width]);
                }
                self.head.take_rows(&self.data.labels, rows);
                (false, rows.len())
            }
        };
        self.forward(parameters, whole_dataset, rows, noise);
        let top = self.layers.last_mut().expect("a stack has a head");
        let loss = self.head.loss(self.isa, rows, top);
        self.backward(parameters, whole_dataset, rows, gradients);
        loss
    }

    fn outputs(&mut self, parameters: &[R], inputs: &[R], outputs: &mut [R]) {
        let (d, k) = (self.layers[0].fan_in(), Model::width(self));
        let ld = self.data.width;
        for (inputs, outputs) in inputs.chunks(self.capacity * d).zip(outputs.chunks_mut(self.capacity * k)) {
            let rows = inputs.len() / d;
            for (row, source) in self.inputs.chunks_exact_mut(ld).zip(inputs.chunks_exact(d)) {
                row[..d].copy_from_slice(source);
            }
            self.forward(parameters, false, rows, &mut Silence);
            let top = self.layers.last().expect("a stack has a head");
            for (row, z) in outputs.chunks_exact_mut(k).zip(top.output().chunks_exact(padded(k))) {
                row.copy_from_slice(&z[..k]);
            }
        }
    }
}

#[cfg(test)]
mod tests;
