//! Optimizers: how a gradient moves the parameters.
//!
//! Knows nothing of networks or data; sees one flat buffer of parameters.

pub mod adam;
pub mod adamw;
pub mod delayed_sgd;
pub mod hogwild;
pub mod langevin;
pub mod sgd;

use crate::science::family::family;
use crate::science::kernel::isa::Isa;
use crate::science::seed::Stream;

family! {
    /// How a gradient moves the parameters.
    Optimizer "optimizers" as UpdateRule {
        Sgd(sgd::Sgd),
        Adam(adam::Adam),
        Adamw(adamw::Adamw),
        Langevin(langevin::Langevin),
        DelayedSgd(delayed_sgd::DelayedSgd),
        Hogwild(hogwild::Hogwild),
    }
}

/// One step of an optimizer.
pub trait UpdateRule {
    /// Buffers of parameter length that the rule keeps between steps.
    fn slots(&self) -> usize;

    /// Moves `parameters` [p] along `gradients` [p]. Each of `slots` holds p
    /// numbers, zero before the first step; `stream` is for noise of its own.
    fn update(
        &self,
        step: Step,
        stream: &mut Stream,
        parameters: &mut [f32],
        gradients: &[f32],
        slots: &mut [Vec<f32>],
    );

    /// Why so many steps move nothing, if they do not; the place inside the item as
    /// [`located`](crate::science::family::located) states it.
    fn incompatibility(&self, _steps: u64) -> Option<String> {
        None
    }

    /// Threads that share the parameters without locks; `None` for the one thread
    /// of a reproducible training.
    fn threads(&self) -> Option<usize> {
        None
    }

    /// Temperature, in nats of mean loss, of the distribution that it samples with full batches;
    /// `None` where it goes for a minimum.
    fn temperature(&self) -> Option<f64> {
        None
    }
}

/// What an optimizer knows of the step it takes.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// Instruction set to run on; never changes a bit of the result.
    pub isa: Isa,
    /// Steps taken before this one.
    pub taken: u64,
    /// Learning rate of this step, schedule applied.
    pub learning_rate: f64,
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::Adam(adam::Adam::default())
    }
}
