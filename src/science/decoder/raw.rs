//! Raw: the probabilities that the network states. Nothing is fitted and nothing paid.

use super::given::Given;
use crate::science::bits::Nats;

pub(super) fn code(given: &Given) -> Nats {
    given.evaluation.cross_entropy()
}
