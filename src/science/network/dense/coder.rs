//! Two stacks with a code between them: what autoencoders are made of.

use ndarray::Array2;

use super::activation::Activation;
use super::fed::Fed;
use super::stack::Stack;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::real::Real;
use crate::science::layout::Layout;
use crate::science::seed::Stream;

/// An encoder with a linear top, and the mirrored decoder.
#[derive(Debug)]
pub struct Coder<R> {
    /// From samples to the top, which is the code or what it is drawn from.
    pub encoder: Fed<R>,
    /// From the code to outputs.
    pub decoder: Stack<R>,
    /// Hidden layers below the code.
    pub depth: usize,
}

/// Units of a coder.
#[derive(Debug, Clone, Copy)]
pub struct Widths<'a> {
    /// Hidden units of the encoder; the decoder has them in reverse.
    pub hidden: &'a [usize],
    /// Outputs of the encoder.
    pub top: usize,
    /// Inputs of the decoder.
    pub code: usize,
    /// Outputs of the decoder.
    pub outputs: usize,
}

impl<R: Real> Coder<R> {
    /// Plans for passes of `capacity` rows of `samples` [n, e].
    #[must_use]
    pub fn new(
        isa: Isa,
        layout: &mut Layout,
        widths: Widths,
        activation: Activation,
        bias: bool,
        samples: &Array2<f32>,
        capacity: usize,
    ) -> Self {
        let Widths { hidden, top, code, outputs } = widths;
        let mut units: Vec<_> = hidden.iter().map(|&units| (units, activation)).collect();
        units.push((top, Activation::Identity));
        let encoder = Stack::new(isa, layout, 0, samples.ncols(), &units, bias, capacity);
        let mut units: Vec<_> = hidden.iter().rev().map(|&units| (units, activation)).collect();
        units.push((outputs, Activation::Identity));
        let decoder = Stack::new(isa, layout, hidden.len() + 1, code, &units, bias, capacity);
        Self { encoder: Fed::new(encoder, samples, capacity), decoder, depth: hidden.len() }
    }

    /// Draws initial weights of both stacks.
    pub fn initialize(&self, stream: &mut Stream, parameters: &mut [R]) {
        self.encoder.stack().initialize(stream, parameters);
        self.decoder.initialize(stream, parameters);
    }
}
