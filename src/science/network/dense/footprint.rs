//! What dense layers hold and compute, counted without building them.

use super::activation::Activation;
use crate::science::network::footprint::{Footprint, Usage, Work, count, lanes};

/// A stack of dense layers.
#[derive(Debug, Clone, Copy)]
pub struct Layers<'a> {
    /// Numbers that the first layer reads.
    pub inputs: usize,
    /// Units of each hidden layer, and their activation.
    pub hidden: &'a [usize],
    /// Activation of the hidden layers.
    pub activation: Activation,
    /// Units of the last layer, which has none.
    pub outputs: usize,
    /// Whether units have biases.
    pub bias: bool,
    /// Whether hidden layers add to what they read.
    pub residual: bool,
    /// Whether gradients go on to what the first layer reads.
    pub passes_on: bool,
}

impl Layers<'_> {
    /// What they hold and compute where rows are samples.
    #[must_use]
    pub fn footprint(&self, usage: Usage) -> Footprint {
        let activation = if usage.binary.activations { Activation::Sign } else { self.activation };
        let mut all = Footprint::default();
        let mut fan_in = self.inputs;
        for (number, &units) in self.hidden.iter().enumerate() {
            let is_branch = self.residual && number > 0;
            all = all.and(self.layer(number, (fan_in, units), activation, usage));
            if is_branch {
                let ld = lanes(units);
                let skip = Footprint { forward: ld, backward: ld, ..Footprint::default() };
                all = all.and(Footprint { ahead: elements(2.0 * ld), back: elements(2.0 * ld), ..skip });
            }
            fan_in = units;
        }
        all.and(self.layer(self.hidden.len(), (fan_in, self.outputs), Activation::Identity, usage))
    }

    fn layer(
        &self,
        number: usize,
        (fan_in, units): (usize, usize),
        activation: Activation,
        usage: Usage,
    ) -> Footprint {
        let (d, u, ld, ld_in) = (count(fan_in), count(units), lanes(units), lanes(fan_in));
        let is_ragged = ld > u;
        let is_narrow = u.max(4.0) * ld_in < d * ld;
        let passes_on = number > 0 || self.passes_on;
        let is_hidden = number < self.hidden.len();
        // a product that is large packs its factors itself
        let transposes = is_narrow || passes_on && (ld_in < 512.0 || usage.batch < 48);
        let held = |does: bool, numbers: f64| if does { numbers } else { 0.0 };
        let packed = held(is_ragged, d * ld) + held(is_ragged && !is_narrow, d * ld);
        let weights = packed + held(transposes, u * ld_in) + held(usage.binary.weights, d * u) + ld;
        let (keeps_sums, ahead, back) = cost(activation);
        let disturbed = held(is_hidden && usage.disturbs_hidden, 2.0 * ld);
        let narrow = if is_narrow { u.max(4.0) * ld_in } else { d * ld };
        Footprint {
            parameters: d * u + held(self.bias, u),
            weights,
            forward: ld + held(keeps_sums, ld),
            backward: ld + disturbed,
            ahead: Work { products: d * ld, elements: ld * (ahead + 1.0) },
            back: Work {
                products: narrow + held(passes_on, u * ld_in),
                elements: ld * (back + held(self.bias, 1.0)) + 6.0 * disturbed,
            },
            packing: weights,
            repeats: 1.0,
            ..Footprint::default()
        }
    }
}

fn elements(numbers: f64) -> Work {
    Work { products: 0.0, elements: numbers }
}

/// Whether sums are kept beside activations, and plain operations of a number forward and backward.
fn cost(activation: Activation) -> (bool, f64, f64) {
    match activation {
        Activation::Identity => (false, 0.0, 0.0),
        Activation::Relu => (false, 1.0, 1.0),
        Activation::Tanh => (false, 8.0, 2.0),
        Activation::Gelu => (true, 12.0, 14.0),
        Activation::Sign => (true, 2.0, 2.0),
    }
}

/// Rows that a network reads: its own copy of the data and those of a pass.
#[must_use]
pub fn input_rows(inputs: usize, usage: Usage) -> Footprint {
    let ld = lanes(inputs);
    Footprint {
        copy: ld,
        forward: ld,
        backward: if usage.disturbs_inputs { count(inputs) } else { 0.0 },
        ahead: elements(ld),
        pass: count(super::rows::EVALUATION_ROWS),
        ..Footprint::default()
    }
}

/// Two stacks with a code between them.
#[derive(Debug, Clone, Copy)]
pub struct CoderLayers<'a> {
    /// Numbers of a sample as the encoder reads it.
    pub inputs: usize,
    /// Units of the encoder's hidden layers; the decoder's are the same in reverse.
    pub hidden: &'a [usize],
    /// Units that end the encoder.
    pub top: usize,
    /// Numbers that the decoder reads.
    pub code: usize,
    /// Activation of the hidden layers.
    pub activation: Activation,
    /// Units that end the decoder.
    pub outputs: usize,
    /// Whether units have biases.
    pub bias: bool,
}

impl CoderLayers<'_> {
    /// The encoder with the rows that it reads, and the decoder.
    #[must_use]
    pub fn footprints(&self, usage: Usage) -> [Footprint; 2] {
        let reversed: Vec<usize> = self.hidden.iter().rev().copied().collect();
        let encoder = Layers {
            inputs: self.inputs,
            hidden: self.hidden,
            activation: self.activation,
            outputs: self.top,
            bias: self.bias,
            residual: false,
            passes_on: false,
        };
        let decoder = Layers {
            inputs: self.code,
            hidden: &reversed,
            outputs: self.outputs,
            passes_on: true,
            ..encoder
        };
        let read = Footprint { reading: count(self.inputs), ..input_rows(self.inputs, usage) };
        [encoder.footprint(usage).and(read), decoder.footprint(usage)]
    }
}
