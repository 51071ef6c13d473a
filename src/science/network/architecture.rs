//! Architectures: what a spec states of a network, before it runs.

use super::footprint::{Footprint, Usage};
use super::size::Size;
use crate::science::data::{DataShape, TargetShape};
use crate::science::evaluation::Form;
use crate::science::injection::{Binary, Site};

/// The shape of a network, before it runs.
pub trait Architecture {
    /// Why the network cannot be trained on such data, if it cannot.
    fn incompatibility(&self, data: &DataShape) -> Option<String>;

    /// How large the network is on data of this shape.
    fn size(&self, data: &DataShape) -> Size;

    /// What its running form holds and computes on data of this shape.
    fn footprint(&self, data: &DataShape, usage: Usage) -> Footprint;

    /// Units of the layer that [`super::Readout::layer`] tells of; of a code with variances both.
    fn layer_units(&self, _layer: Option<usize>) -> usize {
        0
    }

    /// Its parameters that become binary where weights do: one bit each.
    fn weights(&self, _data: &DataShape) -> u64 {
        0
    }

    /// Whether it has such a place for noise to act on.
    fn has(&self, site: Site) -> bool;

    /// Dimensions that one linear threshold reads, where that is all of the network:
    /// bias included.
    fn readout_dimension(&self, _data: &DataShape) -> Option<usize> {
        None
    }

    /// Units of its widest hidden layer, a code being one; 0 without any.
    fn widest_hidden(&self) -> usize {
        0
    }

    /// Sums into the first hidden layer: one a unit, or one a unit and gate; 0 without any.
    fn first_hidden(&self) -> usize {
        0
    }

    /// Whether it tells what this layer holds; see [`super::Readout::layer`].
    fn tells(&self, _layer: Option<usize>) -> bool {
        false
    }

    /// Whether samples can be drawn from it; see [`super::Readout::sample`].
    fn samples(&self) -> bool {
        false
    }

    /// Whether on such data it is a single linear threshold through the origin.
    fn is_neuron(&self, _data: &DataShape) -> bool {
        false
    }

    /// What it states of the targets.
    fn form(&self, _data: &DataShape) -> Form {
        Form::Logits
    }

    /// Its fields that have no effect on such data, with such numbers made binary.
    fn idle(&self, _data: &DataShape, _binary: Binary) -> Vec<Idle> {
        Vec::new()
    }

    /// What its predictions say of the data's probability.
    fn likelihood(&self) -> Likelihood {
        Likelihood::Exact
    }
}

/// A setting that has no effect where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idle {
    /// JSON pointer of the setting in the spec.
    pub pointer: &'static str,
    /// Why it has none.
    pub reason: &'static str,
    /// Whether it is what a spec that leaves it out has, or means the same by definition.
    pub is_default: bool,
}

/// What a network's predictions say of the data's probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likelihood {
    /// They are it.
    Exact,
    /// They are at most it: code lengths are upper bounds.
    Bound,
    /// Nothing: they saw what they predict.
    Seen,
    /// Nothing: answers are drawn, and nothing states how probable they are.
    Implicit,
    /// Nothing: there is no data.
    NoData,
}

impl Likelihood {
    /// Whether predictions say anything of it.
    #[must_use]
    pub fn is_known(self) -> bool {
        matches!(self, Self::Exact | Self::Bound)
    }
}

/// Why a network that reads inputs cannot read such data, if it cannot.
#[must_use]
pub fn inputs_incompatibility(data: &DataShape) -> Option<String> {
    (data.inputs == 0)
        .then(|| "this network reads inputs, and such data has none: use a generative one".to_owned())
}

/// Why a network that models whole samples cannot take such data, if it cannot.
#[must_use]
pub fn generative_incompatibility(data: &DataShape) -> Option<String> {
    if data.targets == TargetShape::NOTHING {
        return Some("this network models data, and no_data has none: use landscape".to_owned());
    }
    (data.inputs > 0).then(|| {
        "this network models samples without inputs, and such data has inputs: use mlp or features".to_owned()
    })
}
