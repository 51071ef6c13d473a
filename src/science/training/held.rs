//! The early end of a training whose network holds all its data: more steps could add no bits.

use super::task::Task;
use crate::science::bits::Nats;
use crate::science::evaluation::Evaluation;
use crate::science::network::model::Model;

/// Steps between two looks, whatever the task: when training ends depends on its spec alone.
const INTERVAL: u64 = 50;

/// Whether to look after so many of all steps. After the last there is nothing left to end.
pub(super) fn is_due(taken: u64, steps: u64) -> bool {
    taken.is_multiple_of(INTERVAL) && taken < steps
}

/// Whether the network holds all its data, to what the task says. The loss of the step before
/// costs nothing and rules out most looks; what counts is the network without any training noise
/// on all samples, as it will be measured.
#[expect(clippy::cast_precision_loss, reason = "samples are far below 2^53")]
pub(super) fn is_held<M: Model<f32>>(
    task: &Task,
    loss: Option<Nats>,
    parameters: &[f32],
    model: &mut M,
) -> bool {
    let (Some(held), Some(loss)) = (task.held, loss) else { return false };
    if loss.0 * task.dataset.len() as f64 > held.0 {
        return false;
    }
    let prediction = model.predict(parameters, task.dataset);
    let evaluation = Evaluation::new(prediction, &task.dataset.targets);
    evaluation.cross_entropy().0 <= held.0 && evaluation.errors().is_none_or(|errors| errors == 0)
}
