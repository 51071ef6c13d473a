//! Recalibrated: all logits, or precisions of densities, times one number that fits the targets
//! best (Guo et al. 2017). Undoes what hides bits by shrinking every logit alike.

use super::given::Given;
use crate::science::bits::Nats;

pub(super) fn code(given: &Given) -> Option<Nats> {
    let evaluation = given.evaluation;
    let best = evaluation.has_temperature().then(|| evaluation.best_inverse_temperature())?;
    Some(evaluation.cross_entropy_at(best))
}
