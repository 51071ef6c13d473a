//! Networks whose loss is a criterion of their outputs: one gradient and one
//! prediction for all of them.

use ndarray::Array2;

use super::criterion::Criterion;
use super::layer::Layer;
use super::model::{Batch, Model};
use crate::science::data::Dataset;
use crate::science::evaluation::Prediction;
use crate::science::injection::Noise;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::real::Real;
use crate::science::layout::Layout;
use crate::science::seed::Stream;

/// From inputs to outputs, and from gradients in outputs to those of parameters.
pub trait Pass<R: Real> {
    /// Draws initial parameters [p] from the stream, in layout order.
    fn initialize(&self, stream: &mut Stream, parameters: &mut [R]);

    /// Gathers what a training batch reads, with noise on it if there is any.
    fn take(&mut self, batch: Batch, noise: &mut impl Noise<R>);

    /// Outputs of the samples taken last.
    fn forward(&mut self, parameters: &[R], samples: usize, noise: &mut impl Noise<R>);

    /// Outputs of the last pass and the gradient in them, [rows, ld] each, and ld.
    fn outputs(&mut self) -> (&[R], &mut [R], usize);

    /// From the gradient in the outputs to that in all parameters [p].
    fn backward(&mut self, parameters: &[R], samples: usize, gradients: &mut [R]);

    /// Outputs [rows, width] for other data, without any noise.
    fn predict(&mut self, parameters: &[R], data: &Dataset) -> Array2<f32>;

    /// Outputs [n, width] for samples seen through a code, with such noise on the way; see
    /// [`Model::reconstruction`].
    fn reconstruct(
        &mut self,
        _parameters: &[R],
        _data: &Dataset,
        _noise: &mut impl Noise<R>,
    ) -> Option<Array2<f32>> {
        None
    }

    /// See [`Model::layer`].
    fn layer(&mut self, _parameters: &[R], _data: &Dataset, _layer: Option<usize>) -> Option<Layer> {
        None
    }

    /// See [`Model::is_autoregressive`].
    fn is_autoregressive(&self) -> bool {
        false
    }
}

/// A pass with the criterion of its outputs.
#[derive(Debug)]
pub struct Supervised<R, P> {
    pub(super) isa: Isa,
    pub(super) layout: Layout,
    pub(super) criterion: Criterion<R>,
    pub(super) pass: P,
}

impl<R: Real, P: Pass<R>> Model<R> for Supervised<R, P> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn initialize(&self, stream: &mut Stream, parameters: &mut [R]) {
        self.pass.initialize(stream, parameters);
    }

    fn gradient(
        &mut self,
        parameters: &[R],
        batch: Batch,
        noise: &mut impl Noise<R>,
        gradients: &mut [R],
    ) -> R {
        let samples = self.criterion.take(batch);
        self.pass.take(batch, noise);
        self.pass.forward(parameters, samples, noise);
        let (outputs, gradient, ld) = self.pass.outputs();
        let loss = self.criterion.loss(self.isa, samples, outputs, gradient, ld);
        self.pass.backward(parameters, samples, gradients);
        loss
    }

    fn predict(&mut self, parameters: &[R], data: &Dataset) -> Prediction {
        let outputs = self.pass.predict(parameters, data);
        self.criterion.prediction(outputs)
    }

    fn reconstruction(
        &mut self,
        parameters: &[R],
        data: &Dataset,
        noise: &mut impl Noise<R>,
    ) -> Option<Prediction> {
        let outputs = self.pass.reconstruct(parameters, data, noise)?;
        Some(self.criterion.prediction(outputs))
    }

    fn layer(&mut self, parameters: &[R], data: &Dataset, layer: Option<usize>) -> Option<Layer> {
        self.pass.layer(parameters, data, layer)
    }

    fn is_autoregressive(&self) -> bool {
        self.pass.is_autoregressive()
    }
}
