//! A plain stack of dense layers, forward and backward, without data or loss.

use std::ops::Range;

use ndarray::Array2;

use super::layer::Layer;
use super::residual::Skip;
use super::rows::write_rows;
use crate::science::injection::Noise;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;
use crate::science::layout::Layout;
use crate::science::network::dense::activation::Activation;
use crate::science::seed::Stream;

/// Dense layers, each the input of the next.
#[derive(Debug)]
pub struct Stack<R> {
    isa: Isa,
    layers: Vec<Layer<R>>,
    /// Of each layer, whether it is added to what it reads.
    skips: Vec<Option<Skip<R>>>,
    /// Number of the first layer, as noise counts hidden layers.
    first: usize,
}

/// Units and activation of each layer, from the inputs on.
pub type Units = [(usize, Activation)];

impl<R: Real> Stack<R> {
    /// Plans buffers for passes of `capacity` rows over layers of these units.
    ///
    /// `first` numbers the layers' tensors and noise; a network of several
    /// stacks counts on.
    #[must_use]
    pub fn new(
        isa: Isa,
        layout: &mut Layout,
        first: usize,
        inputs: usize,
        units: &Units,
        bias: bool,
        capacity: usize,
    ) -> Self {
        let mut fan_in = inputs;
        let mut layers = Vec::new();
        for (i, &(units, activation)) in units.iter().enumerate() {
            layers.push(Layer::new(layout, first + i, fan_in, units, activation, bias, capacity));
            fan_in = units;
        }
        let skips = layers.iter().map(|_| None).collect();
        Self { isa, layers, skips, first }
    }

    /// Adds every layer but the first and the last to what it reads; those must
    /// have the same units.
    #[must_use]
    pub fn with_skips(mut self, capacity: usize) -> Self {
        let branches = self.layers.len().saturating_sub(2);
        for branch in 0..branches {
            let units = self.layers[branch + 1].units();
            self.skips[branch + 1] = Some(Skip::new(units, branch, branches, capacity));
        }
        self
    }

    /// Makes the weights of every layer binary.
    #[must_use]
    pub fn with_binary_weights(mut self) -> Self {
        self.layers.iter_mut().for_each(Layer::binarize);
        self
    }

    /// Draws initial weights, layer by layer.
    pub fn initialize(&self, stream: &mut Stream, parameters: &mut [R]) {
        self.layers.iter().for_each(|layer| layer.initialize(stream, parameters));
    }

    /// Passes `inputs` [rows, ld] through all layers. Noise acts on every layer
    /// but the last, and on that too when `is_hidden`.
    pub fn forward(
        &mut self,
        parameters: &[R],
        inputs: &[R],
        rows: usize,
        noise: &mut impl Noise<R>,
        is_hidden: bool,
    ) {
        for i in 0..self.layers.len() {
            let (before, rest) = self.layers.split_at_mut(i);
            let (skips_before, skips) = self.skips.split_at_mut(i);
            let inputs = read(before, skips_before, inputs);
            let disturbed = rest.len() > 1 || is_hidden;
            rest[0].forward(self.isa, parameters, inputs, rows);
            if disturbed {
                rest[0].disturb(self.isa, self.first + i, rows, noise);
            }
            if let Some(skip) = &mut skips[0] {
                skip.forward(self.isa, inputs, rest[0].output(), rows, noise);
            }
        }
    }

    /// Outputs of the last layer [rows, ld].
    ///
    /// # Panics
    /// When the stack has no layer.
    #[must_use]
    pub fn output(&self) -> &[R] {
        self.layers.last().expect("a stack has a layer").output()
    }

    /// Writes the outputs of the last pass into rows of a result [n, width].
    pub fn write_output(&self, rows: Range<usize>, result: &mut Array2<f32>) {
        write_rows(result, rows, self.output(), self.ld());
    }

    /// Activations of a layer [rows, ld] of the last pass, of a residual one its branch,
    /// with its units and the branch's number.
    #[must_use]
    pub fn activations(&self, layer: usize) -> Option<(&[R], usize, Option<(usize, usize)>)> {
        let branches = self.skips.iter().flatten().count();
        let branch = self.skips.get(layer)?.is_some().then(|| (layer - 1, branches));
        self.layers.get(layer).map(|found| (found.output(), found.units(), branch))
    }

    /// Outputs of the last layer and the gradient in them, [rows, ld] each, to be
    /// filled before [`Stack::backward`].
    ///
    /// # Panics
    /// When the stack has no layer.
    pub fn output_and_gradient(&mut self) -> (&[R], &mut [R]) {
        self.layers.last_mut().expect("a stack has a layer").output_and_gradient()
    }

    /// Distance between rows of the output.
    #[must_use]
    pub fn ld(&self) -> usize {
        padded(self.width())
    }

    /// Units of the last layer.
    #[must_use]
    pub fn width(&self) -> usize {
        self.layers.last().map_or(0, Layer::units)
    }

    /// From the gradient in the last layer's output to those of all weights, and
    /// of the inputs [rows, ld] when wanted.
    pub fn backward(
        &mut self,
        parameters: &[R],
        inputs: &[R],
        rows: usize,
        gradients: &mut [R],
        below: Option<&mut [R]>,
    ) {
        if let Some(top) = self.layers.last_mut() {
            top.undisturb(self.isa, rows);
        }
        for i in (0..self.layers.len()).rev() {
            let (before, rest) = self.layers.split_at_mut(i);
            let (skips_before, skips) = self.skips.split_at_mut(i);
            let inputs = read(before, skips_before, inputs);
            rest[0].weight_gradients(self.isa, inputs, rows, gradients);
            let Some(layer) = before.last_mut() else { continue };
            let below = match skips_before.last_mut() {
                Some(Some(skip)) => skip.gradient_mut(),
                _ => layer.gradient_mut(),
            };
            rest[0].input_gradients(self.isa, parameters, rows, below);
            if let Some(skip) = &skips[0] {
                skip.add_past(rows, below);
            }
            if let Some(Some(skip)) = skips_before.last() {
                skip.branch_gradient(self.isa, rows, layer.gradient_mut());
            }
            layer.undisturb(self.isa, rows);
        }
        if let (Some(below), Some(bottom)) = (below, self.layers.first_mut()) {
            bottom.input_gradients(self.isa, parameters, rows, below);
        }
    }
}

/// What the layer above all of these reads.
fn read<'a, R: Real>(layers: &'a [Layer<R>], skips: &'a [Option<Skip<R>>], inputs: &'a [R]) -> &'a [R] {
    match (layers.last(), skips.last()) {
        (_, Some(Some(skip))) => skip.output(),
        (Some(layer), _) => layer.output(),
        _ => inputs,
    }
}
