//! Architectures: what a spec states of a network, before it runs.

use super::size::Size;
use crate::science::data::{DataShape, TargetShape};
use crate::science::injection::Site;

/// The shape of a network, before it runs.
pub trait Architecture {
    /// Why the network cannot be trained on such data, if it cannot.
    fn incompatibility(&self, data: &DataShape) -> Option<String>;

    /// How large the network is on data of this shape.
    fn size(&self, data: &DataShape) -> Size;

    /// Whether it has such a place for noise to act on.
    fn has(&self, site: Site) -> bool;

    /// Dimensions that one linear threshold reads, where that is all of the network:
    /// bias included.
    fn readout_dimension(&self, _data: &DataShape) -> Option<usize> {
        None
    }

    /// What its predictions say of the data's probability.
    fn likelihood(&self) -> Likelihood {
        Likelihood::Exact
    }
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
