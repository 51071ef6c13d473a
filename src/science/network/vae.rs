//! The variational autoencoder: a code of a chosen number of bits.

mod latent;
pub(super) mod model;
pub(super) mod parts;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::footprint::{Footprint, Usage};
use super::head::Head;
use super::{Architecture, Idle, Likelihood, Size};
use crate::science::data::DataShape;
use crate::science::evaluation::Form;
use crate::science::family::Item;
use crate::science::injection::{Binary, Site};
use crate::science::network::architecture::generative_incompatibility;
use crate::science::network::dense::activation::HiddenActivation;
use crate::science::network::head::{head_incompatibility, head_width};
use crate::science::network::size::dense_size;
use parts::Parts;

/// Encoder to means and log variances of a Gaussian code, decoder from one draw
/// of it; loss = distortion + multiplier * rate, rate = KL(q(z|x) || N(0, I))
/// (Kingma & Welling 2014; Rezende et al. 2014). The multiplier is 1 unless a
/// `latent_noise` regularizer weights it or holds the rate at a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Vae {
    /// Units of the encoder's hidden layers; the decoder has them in reverse.
    #[serde(default)]
    #[garde(length(max = 32), inner(range(min = 1, max = 65_536)))]
    pub hidden: Vec<usize>,
    /// Dimensions of the code.
    #[garde(range(min = 1, max = 65_536))]
    pub code: usize,
    /// Activation of the hidden layers.
    #[serde(default)]
    #[garde(skip)]
    pub activation: HiddenActivation,
    /// Law of the sample given its code; categorical for symbols and regression
    /// for reals unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub head: Option<Head>,
}

impl Item for Vae {
    const SUMMARY: &'static str =
        "Gaussian code with a rate in bits; code lengths are variational bounds (Kingma & Welling 2014)";

    fn example() -> Self {
        Self { hidden: vec![16], code: 4, activation: HiddenActivation::Tanh, head: None }
    }
}

impl Architecture for Vae {
    fn incompatibility(&self, data: &DataShape) -> Option<String> {
        generative_incompatibility(data).or_else(|| head_incompatibility(self.head.as_ref(), data.targets))
    }

    fn size(&self, data: &DataShape) -> Size {
        let encoder =
            dense_size(data.targets.encoded_width(), &self.hidden, self.code.saturating_mul(2), true);
        let reversed: Vec<usize> = self.hidden.iter().rev().copied().collect();
        let decoder = dense_size(self.code, &reversed, head_width(self.head.as_ref(), data.targets), true);
        Size {
            parameters: encoder.parameters.saturating_add(decoder.parameters),
            multiply_adds: encoder.multiply_adds.saturating_add(decoder.multiply_adds),
            activations: encoder.activations.saturating_add(decoder.activations),
        }
    }

    fn footprint(&self, data: &DataShape, usage: Usage) -> Footprint {
        let parts = Parts {
            hidden: &self.hidden,
            code: self.code,
            activation: self.activation.into(),
            head: self.head.as_ref(),
        };
        parts.footprint(0, data.targets, usage)
    }

    fn layer_units(&self, _layer: Option<usize>) -> usize {
        self.code.saturating_mul(2)
    }

    fn widest_hidden(&self) -> usize {
        self.hidden.iter().copied().max().unwrap_or(0).max(self.code.saturating_mul(2))
    }

    fn first_hidden(&self) -> usize {
        self.hidden.first().copied().unwrap_or(self.code.saturating_mul(2))
    }

    /// The code alone.
    fn tells(&self, layer: Option<usize>) -> bool {
        layer.is_none()
    }

    fn samples(&self) -> bool {
        true
    }

    fn form(&self, _data: &DataShape) -> Form {
        Form::CodeLengths
    }

    fn idle(&self, _data: &DataShape, _binary: Binary) -> Vec<Idle> {
        let activation = Idle {
            pointer: "/network/activation",
            reason: "there is no hidden layer",
            is_default: self.activation == HiddenActivation::default(),
        };
        self.hidden.is_empty().then_some(activation).into_iter().collect()
    }

    fn has(&self, site: Site) -> bool {
        match site {
            Site::Inputs | Site::Rate => true,
            Site::Hidden => !self.hidden.is_empty(),
            _ => false,
        }
    }

    fn likelihood(&self) -> Likelihood {
        Likelihood::Bound
    }
}
