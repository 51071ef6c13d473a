//! A trained network as estimators see it, whatever its kind.

use ndarray::Array2;

use super::layer::Layer;
use super::model::{Adapted, Batch, Model};
use super::sampling::Samples;
use crate::science::data::{Dataset, TargetShape};
use crate::science::evaluation::Prediction;
use crate::science::injection::{Noise, OwnNoise};
use crate::science::layout::Layout;
use crate::science::seed::Stream;

/// A trained network as estimators see it.
pub trait Readout {
    /// Where each tensor lies.
    fn layout(&self) -> &Layout;

    /// What the network says of a draw, without any noise.
    fn predict(&mut self, parameters: &[f32], data: &Dataset) -> Prediction;

    /// What a layer holds of each sample of a draw; see [`Model::layer`].
    fn layer(&mut self, parameters: &[f32], data: &Dataset, layer: Option<usize>) -> Option<Layer>;

    /// Samples drawn from the network's distribution; see [`Model::sample`].
    fn sample(
        &mut self,
        parameters: &[f32],
        shape: TargetShape,
        samples: usize,
        stream: &mut Stream,
    ) -> Option<Samples>;

    /// Samples seen through a code with such noise; see [`Model::reconstruction`].
    fn reconstruction(
        &mut self,
        parameters: &[f32],
        data: &Dataset,
        noise: &mut dyn Noise<f32>,
    ) -> Option<Prediction>;

    /// Answers with fresh noise of the network's own; see [`Model::answers`].
    fn answers(
        &mut self,
        parameters: &[f32],
        questions: &Array2<f32>,
        stream: &mut Stream,
    ) -> Option<Prediction>;

    /// The gradient [p] of the mean loss over these samples of the dataset that it was built
    /// for, no more of them than a batch, with what training had adapted beside the parameters;
    /// noise of the network's own from `stream`.
    fn gradient(
        &mut self,
        parameters: &[f32],
        adapted: &Adapted,
        rows: &[u32],
        stream: &mut Stream,
        gradients: &mut [f32],
    );

    /// What training adapted beside the parameters.
    fn adapted(&self) -> Adapted;
}

impl<M: Model<f32>> Readout for M {
    fn layout(&self) -> &Layout {
        Model::layout(self)
    }

    fn predict(&mut self, parameters: &[f32], data: &Dataset) -> Prediction {
        Model::predict(self, parameters, data)
    }

    fn layer(&mut self, parameters: &[f32], data: &Dataset, layer: Option<usize>) -> Option<Layer> {
        Model::layer(self, parameters, data, layer)
    }

    fn sample(
        &mut self,
        parameters: &[f32],
        shape: TargetShape,
        samples: usize,
        stream: &mut Stream,
    ) -> Option<Samples> {
        Model::sample(self, parameters, shape, samples, stream)
    }

    fn reconstruction(
        &mut self,
        parameters: &[f32],
        data: &Dataset,
        mut noise: &mut dyn Noise<f32>,
    ) -> Option<Prediction> {
        Model::reconstruction(self, parameters, data, &mut noise)
    }

    fn answers(
        &mut self,
        parameters: &[f32],
        questions: &Array2<f32>,
        stream: &mut Stream,
    ) -> Option<Prediction> {
        Model::answers(self, parameters, questions, stream)
    }

    fn gradient(
        &mut self,
        parameters: &[f32],
        adapted: &Adapted,
        rows: &[u32],
        stream: &mut Stream,
        gradients: &mut [f32],
    ) {
        // a gradient adapts further: what training left is put back
        let own = Model::adapted(self);
        Model::restore(self, adapted.clone());
        Model::gradient(self, parameters, Batch::Rows(rows), &mut OwnNoise { stream }, gradients);
        Model::restore(self, own);
    }

    fn adapted(&self) -> Adapted {
        Model::adapted(self)
    }
}
