//! Networks: parametric functions and how they are trained.
//!
//! An [`Architecture`] is the shape that a spec states; a [`model::Model`] is
//! its running form with all buffers planned. Knows nothing of estimators.

pub mod dense;
pub mod layout;
pub mod linear;
pub mod mlp;
pub mod model;

use ndarray::{Array2, ArrayView2};

use crate::science::family::family;
use crate::science::source::DataShape;
use crate::science::training::{Control, Interrupted, Task, Trained};
use layout::Layout;
use model::Model;

family! { ($)
    /// The function that is trained.
    Network "networks" with_network {
        Linear(linear::Linear),
        Mlp(mlp::Mlp),
    }
}

/// The shape of a network, before it runs.
pub trait Architecture {
    /// How large the network is on data of this shape.
    fn size(&self, data: &DataShape) -> Size;

    /// Whether it has hidden activations for noise to act on.
    fn has_hidden(&self) -> bool;

    /// Builds the running form and trains it: one training loop for each model
    /// type, so that nothing is dispatched dynamically inside a step.
    ///
    /// # Errors
    /// [`Interrupted`] when `control` says stop.
    fn train(&self, task: &Task, control: &mut dyn Control) -> Result<Trained, Interrupted>;
}

/// Size of a network, for admission. Sums saturate instead of wrapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Trainable parameters.
    pub parameters: u64,
    /// Multiply-adds of one sample's forward pass.
    pub multiply_adds: u64,
    /// Numbers that one sample's forward pass keeps for the backward pass.
    pub activations: u64,
}

/// A trained network as estimators see it.
pub trait Readout {
    /// Where each tensor lies.
    fn layout(&self) -> &Layout;

    /// Outputs [n, k] for `inputs` [n, d], without any noise.
    fn outputs(&mut self, parameters: &[f32], inputs: ArrayView2<f32>) -> Array2<f32>;
}

impl<M: Model<f32>> Readout for M {
    fn layout(&self) -> &Layout {
        Model::layout(self)
    }

    fn outputs(&mut self, parameters: &[f32], inputs: ArrayView2<f32>) -> Array2<f32> {
        let inputs = inputs.as_standard_layout();
        let mut outputs = Array2::zeros((inputs.nrows(), self.width()));
        Model::outputs(
            self,
            parameters,
            inputs.as_slice().expect("standard layout is contiguous"),
            outputs.as_slice_mut().expect("a fresh array is contiguous"),
        );
        outputs
    }
}

impl Network {
    /// The shape behind the parameters.
    #[must_use]
    pub fn architecture(&self) -> &dyn Architecture {
        with_network!(self, item => item)
    }
}
