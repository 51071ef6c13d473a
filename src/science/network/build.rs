//! Plans: everything that the running form of a network is built for.

use super::architecture::Architecture;
use super::model::Model;
use crate::science::data::Dataset;
use crate::science::injection::{Binary, RateRule};
use crate::science::kernel::isa::Isa;
use crate::science::kernel::real::Real;
use crate::science::seed::Streams;

/// What a network is built for. How its parameters move is none of it.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// The data that gradients are taken on.
    pub dataset: &'a Dataset,
    /// The data that fixed parts of the network are fitted to: the training draw, also where
    /// gradients are taken on another one.
    pub fitted: &'a Dataset,
    /// Samples in each batch.
    pub batch: usize,
    /// Share of the targets moved to the uniform distribution.
    pub label_smoothing: f64,
    /// What is binary.
    pub binary: Binary,
    /// What a code that has a rate may cost.
    pub rate: RateRule,
    /// Randomness of what is drawn once, and of evaluations.
    pub streams: Streams,
    /// Instruction set; never changes a bit of the result.
    pub isa: Isa,
}

/// Builds the running form of a network.
pub trait Build: Architecture {
    /// The running form in numbers of type `R`.
    type Model<R: Real>: Model<R> + Send + 'static;

    /// Plans all buffers.
    fn build<R: Real>(&self, plan: &Plan) -> Self::Model<R>;
}

/// Something done to a network of any kind with its own type at hand, so that nothing
/// is dispatched dynamically inside.
pub trait Visitor {
    /// What comes of it.
    type Output;

    /// Does it.
    fn visit(self, network: &(impl Build + Sync)) -> Self::Output;
}
