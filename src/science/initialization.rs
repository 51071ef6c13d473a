//! Initializations: where training starts from.
//!
//! Every network draws its own standard initial weights; an initialization
//! changes them. Knows tensors and their order, not networks.

pub mod constant;
pub mod scaled;
pub mod standard;
pub mod tied;

use crate::science::family::family;
use crate::science::layout::Layout;

family! {
    /// Where training starts from.
    Initialization "initializations" as Start {
        Standard(standard::Standard),
        Scaled(scaled::Scaled),
        Constant(constant::Constant),
        Tied(tied::Tied),
    }
}

/// A change of the standard initial parameters.
pub trait Start {
    /// Changes `parameters` [p], as the network drew them.
    fn change(&self, layout: &Layout, parameters: &mut [f32]);

    /// Units that some hidden layer must have, without which it changes nothing.
    fn least_units(&self) -> usize {
        0
    }
}

impl Default for Initialization {
    fn default() -> Self {
        Self::Standard(standard::Standard {})
    }
}
