//! Prospects: what is known of a subject before anything is trained, and why a rule would
//! measure nothing of it. Knows nothing of results.

use super::{Estimator, Reads};
use crate::science::data::DataShape;
use crate::science::network::Architecture;
use crate::science::source::RandomProcess;

/// What an estimator will be asked to measure.
#[derive(Clone, Copy)]
pub struct Prospect<'a> {
    /// The network.
    pub architecture: &'a dyn Architecture,
    /// Where its data comes from.
    pub process: &'a dyn RandomProcess,
    /// Shape of a draw.
    pub data: DataShape,
}

impl Prospect<'_> {
    /// Why nothing can be told from a single sample, if there is but one.
    #[must_use]
    pub fn lone_sample(&self) -> Option<String> {
        (self.data.samples < 2).then(|| "needs at least two samples".to_owned())
    }
}

impl Estimator {
    /// Why it would yield none of its quantities, if so; the place inside the item as
    /// [`located`](crate::science::family::located) states it.
    #[must_use]
    pub fn idleness(&self, prospect: &Prospect) -> Option<String> {
        let needs_likelihood = self.reads() == Reads::Likelihood;
        if needs_likelihood && !prospect.architecture.likelihood().is_known() {
            return Some("reads the likelihood of the data, and this network states none".to_owned());
        }
        self.incompatibility(prospect)
    }
}
