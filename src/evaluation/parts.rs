//! What a cell is made of, as lists of results filter by it.

use crate::science::family::Family;
use crate::spec::CellSpec;

/// The kinds that a cell is made of, and the size of its data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parts {
    /// Kind of the source.
    pub source: String,
    /// Kind of the network.
    pub network: String,
    /// Kinds of the regularizers, each once, in alphabetical order.
    pub regularizers: Vec<String>,
    /// Kind of the optimizer.
    pub optimizer: String,
    /// Number of samples.
    pub samples: u64,
}

impl Parts {
    /// What this cell is made of.
    #[must_use]
    pub fn of(spec: &CellSpec) -> Self {
        let mut regularizers: Vec<String> =
            spec.regularizers.iter().map(|one| one.kind().to_string()).collect();
        regularizers.sort();
        regularizers.dedup();
        Self {
            source: spec.dataset.kind().to_string(),
            network: spec.network.kind().to_string(),
            regularizers,
            optimizer: spec.training.optimizer.kind().to_string(),
            samples: spec.samples() as u64,
        }
    }
}
