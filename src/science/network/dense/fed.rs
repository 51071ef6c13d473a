//! A stack with the rows that it reads: those of training batches, and other data
//! part by part.

use std::ops::Range;

use ndarray::Array2;

use super::rows::InputRows;
use super::stack::Stack;
use crate::science::injection::{Noise, Silence};
use crate::science::kernel::real::Real;
use crate::science::network::model::Batch;

/// A stack and its inputs.
#[derive(Debug)]
pub struct Fed<R> {
    stack: Stack<R>,
    inputs: InputRows<R>,
}

impl<R: Real> Fed<R> {
    /// A stack that is trained on `inputs` [n, d], `capacity` rows a pass at most.
    #[must_use]
    pub fn new(stack: Stack<R>, inputs: &Array2<f32>, capacity: usize) -> Self {
        Self { stack, inputs: InputRows::new(inputs, capacity) }
    }

    /// The stack itself.
    #[must_use]
    pub fn stack(&self) -> &Stack<R> {
        &self.stack
    }

    /// Rows of the training batch taken last [rows, ld].
    #[must_use]
    pub fn current(&self) -> &[R] {
        self.inputs.current()
    }

    /// Numbers of a row that the stack reads.
    #[must_use]
    pub fn width(&self) -> usize {
        self.inputs.width()
    }

    /// Rows that one pass holds at most.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.inputs.capacity()
    }

    /// Gathers the rows of a training batch, with noise on them if there is any.
    pub fn take(&mut self, batch: Batch, noise: &mut impl Noise<R>) {
        self.inputs.take(batch, noise);
    }

    /// Passes the batch taken last through the stack.
    pub fn forward(&mut self, parameters: &[R], rows: usize, noise: &mut impl Noise<R>) {
        self.stack.forward(parameters, self.inputs.current(), rows, noise, false);
    }

    /// Outputs of the last pass and the gradient in them, [rows, ld] each.
    pub fn output_and_gradient(&mut self) -> (&[R], &mut [R]) {
        self.stack.output_and_gradient()
    }

    /// From the gradient in the outputs to that in the weights.
    pub fn backward(&mut self, parameters: &[R], rows: usize, gradients: &mut [R]) {
        self.stack.backward(parameters, self.inputs.current(), rows, gradients, None);
    }

    /// Passes other data [n, d] through the stack without noise; after each pass calls
    /// with the stack and the rows that it holds.
    pub fn each_pass(
        &mut self,
        parameters: &[R],
        data: &Array2<f32>,
        mut call: impl FnMut(&Stack<R>, Range<usize>),
    ) {
        self.each_noisy_pass(parameters, data, &mut Silence, |stack, rows, _| call(stack, rows));
    }

    /// The same with noise on inputs and hidden layers, which is handed on to the call.
    pub fn each_noisy_pass<N: Noise<R>>(
        &mut self,
        parameters: &[R],
        data: &Array2<f32>,
        noise: &mut N,
        mut call: impl FnMut(&Stack<R>, Range<usize>, &mut N),
    ) {
        for start in (0..data.nrows()).step_by(self.inputs.capacity()) {
            let rows = self.inputs.load(data, start, noise);
            self.stack.forward(parameters, self.inputs.batch(), rows, noise, false);
            call(&self.stack, start..start + rows, noise);
        }
    }

    /// Outputs [n, k] for other data [n, d], without noise.
    #[must_use]
    pub fn outputs(&mut self, parameters: &[R], data: &Array2<f32>) -> Array2<f32> {
        let mut outputs = Array2::zeros((data.nrows(), self.stack.width()));
        self.each_pass(parameters, data, |stack, rows| stack.write_output(rows, &mut outputs));
        outputs
    }
}
