//! Sources: random processes of exactly known entropy, and finite draws of them.
//!
//! Knows nothing of networks or training. Definitions: `docs/math/ledger.md`.

pub mod ledger;
pub mod random_labels;

use ndarray::Array2;

use crate::science::bits::Nats;
use crate::science::family::family;
use crate::science::seed::Stream;
pub use ledger::Ledger;

family! { ($)
    /// Where the data comes from, and how many bits it holds.
    Source "sources" with_source {
        RandomLabels(random_labels::RandomLabels),
    }
}

/// A random process of known entropy.
pub trait RandomProcess: std::fmt::Debug {
    /// Shape of a draw; from it networks are built and work is estimated.
    fn shape(&self) -> DataShape;

    /// The bits that one draw of [`DataShape::samples`] samples holds, in
    /// closed form.
    fn ledger(&self) -> Ledger;

    /// `-ln q0` summed over `samples` targets, q0 the law without knowledge of
    /// the draw (nor of a rule that was drawn with it).
    fn prior_cross_entropy(&self, samples: usize) -> Nats;

    /// `-ln q` summed over `samples` targets, q the best predictor that knows
    /// the rule behind the data but not the draw.
    fn bayes_cross_entropy(&self, samples: usize) -> Nats;

    /// An independent draw. `inputs` [n, d], `targets` [n, t].
    fn draw(&self, stream: &mut Stream) -> Dataset;
}

/// Shape of a dataset, known without drawing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataShape {
    /// Samples n of one draw.
    pub samples: usize,
    /// Inputs d of each sample.
    pub inputs: usize,
    /// What is to be predicted of each sample.
    pub targets: TargetShape,
}

/// What a sample's target looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetShape {
    /// One of `classes` symbols.
    Classes {
        /// How many.
        classes: usize,
    },
}

/// One finite draw of a source.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Inputs [n, d].
    pub inputs: Array2<f32>,
    /// Targets, one a sample.
    pub targets: Targets,
}

/// The targets of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// Class labels [n], each below `classes`.
    Classes {
        /// Labels [n].
        labels: Vec<u32>,
        /// How many classes there are.
        classes: usize,
    },
}

impl Dataset {
    /// Samples n.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inputs.nrows()
    }

    /// Whether the draw holds no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Source {
    /// The random process behind the parameters.
    #[must_use]
    pub fn process(&self) -> &dyn RandomProcess {
        with_source!(self, item => item)
    }
}
