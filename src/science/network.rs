//! Networks: parametric functions and their gradients.
//!
//! An [`Architecture`] is the shape that a spec states; a [`model::Model`] is
//! its running form with all buffers planned. Knows nothing of training, of sources
//! or of estimators.

pub mod architecture;
pub mod autoencoder;
pub mod build;
pub mod conditional_vae;
pub mod criterion;
pub mod dense;
pub mod features;
pub mod footprint;
pub mod generator;
#[cfg(test)]
pub(crate) mod gradient_check;
pub mod head;
pub mod landscape;
pub mod layer;
pub mod linear;
pub mod made;
pub mod mlp;
pub mod model;
pub mod readout;
pub mod rnn;
pub mod sampling;
pub mod size;
pub mod strings;
pub mod supervised;
pub mod transformer;
pub mod vae;

use crate::science::family::family;
pub use architecture::{Architecture, Idle, Likelihood};
pub use build::{Build, Plan, Visitor};
pub use footprint::{Footprint, Usage};
pub use readout::Readout;
pub use size::Size;

family! { ($)
    /// The function that is trained.
    Network "networks" as Architecture with with_network {
        Linear(linear::Linear),
        Mlp(mlp::Mlp),
        Features(features::Features),
        Autoencoder(autoencoder::Autoencoder),
        Vae(vae::Vae),
        ConditionalVae(conditional_vae::ConditionalVae),
        Generator(generator::Generator),
        Made(made::Made),
        Rnn(rnn::Rnn),
        Transformer(transformer::Transformer),
        Landscape(landscape::Landscape),
    }
}

// after the family, whose macro it uses
#[cfg(test)]
mod reference;

impl Network {
    /// The shape behind the parameters.
    #[must_use]
    pub fn architecture(&self) -> &dyn Architecture {
        &**self
    }

    /// Hands the network to a visitor as what it is: a copy of the visitor's code is
    /// compiled for each kind.
    pub fn accept<V: Visitor>(&self, visitor: V) -> V::Output {
        with_network!(self, item => visitor.visit(item))
    }
}
