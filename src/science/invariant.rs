//! What no measurement can be: hard limits that every trial is held against.
//!
//! Each holds up to a chance of 2^-64, whatever the network, the optimizer and
//! the noise, since the mean of a likelihood ratio against the true distribution is 1: a
//! violation is a fault of the instrument, or a leak, and fails the trial.

use super::bits::Bits;
use super::estimator::Subject;
pub use super::kernel::PRECISION_BITS;

/// By so much a limit may be passed: a distribution that is right about what it does not
/// know gains more than t bits with a chance of at most 2^-t (Markov).
const CHANCE: Bits = Bits(64.0);

/// A measurement that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("an impossible measurement: {what} is {} bits, and cannot be more than {}", measured.0, limit.0)]
pub struct Violation {
    /// What was measured.
    pub what: &'static str,
    /// How much.
    pub measured: Bits,
    /// What it could be at most.
    pub limit: Bits,
}

/// Checks a trained network on its own and on an independent draw.
///
/// # Errors
/// The first limit that is broken.
pub fn check(subject: &Subject) -> Result<(), Violation> {
    let at_most = |what, measured: Bits, limit: Bits| {
        if measured > limit { Err(Violation { what, measured, limit }) } else { Ok(()) }
    };
    let distribution = subject.distribution;
    let train = Bits::from(subject.train.cross_entropy());
    let beyond_rule = Bits::from(distribution.bayes_cross_entropy(subject.dataset)) - train;
    #[expect(clippy::cast_precision_loss, reason = "parameters are far below 2^53")]
    let weights = Bits(PRECISION_BITS * subject.parameters as f64);
    at_most("the saving over the true distribution on the training set", beyond_rule, weights + CHANCE)?;
    let fresh = Bits::from(distribution.bayes_cross_entropy(subject.held_out_dataset));
    let leak = fresh - Bits::from(subject.held_out.cross_entropy());
    at_most("the saving over the true distribution on an independent draw", leak, CHANCE)?;
    if subject.train.symbols().is_some() {
        // a code of symbols has no negative length
        let prior = Bits::from(distribution.prior_cross_entropy(subject.dataset));
        at_most("what was memorized of the training set", prior - train, prior)?;
    }
    Ok(())
}

/// Checks what a layer lets pass: nothing tells more than which of the samples it was.
///
/// # Errors
/// When it is more.
pub fn check_layer(low: Bits, samples: usize) -> Result<(), Violation> {
    #[expect(clippy::cast_precision_loss, reason = "samples are far below 2^53")]
    let limit = Bits::of_uniform(samples as f64);
    let rounding = Bits(1e-9);
    if low > limit + rounding {
        let what = "the information of a layer about the sample";
        return Err(Violation { what, measured: low, limit });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::science::data::{Dataset, Targets};
    use crate::science::evaluation::Evaluation;
    use crate::science::family::Item;
    use crate::science::source::RandomProcess;
    use crate::science::source::random_labels::RandomLabels;

    /// Logits that know so many of the labels.
    fn knowing(data: &Dataset, known: usize) -> Array2<f32> {
        let symbols = data.targets.symbols();
        Array2::from_shape_fn((data.len(), 1), |(i, _)| match symbols[[i, 0]] {
            _ if i >= known => 0.0,
            1 => 40.0,
            _ => -40.0,
        })
    }

    fn check_with(parameters: usize, of_training: usize, of_held_out: usize) -> Result<(), Violation> {
        let source = RandomLabels { samples: 400, ..RandomLabels::example() };
        let labels = |seed: u32| (0..400u32).map(|i| (i * i + i / 3 + seed) % 2).collect();
        let of =
            |seed| Dataset { inputs: Array2::zeros((400, 1)), targets: Targets::labels(labels(seed), 2) };
        let (train, fresh) = (of(0), of(1));
        check(&Subject {
            distribution: &source,
            ledger: source.ledger(),
            dataset: &train,
            held_out_dataset: &fresh,
            parameters,
            train: Evaluation::new(knowing(&train, of_training), &train.targets),
            held_out: Evaluation::new(knowing(&fresh, of_held_out), &fresh.targets),
            inside: None,
        })
    }

    #[test]
    fn what_can_be_passes() {
        assert_eq!(check_with(20, 400, 0), Ok(()));
        assert_eq!(check_with(5, 160, 0), Ok(()));
        assert_eq!(check_with(20, 400, 60), Ok(()), "luck has its chance");
    }

    #[test]
    fn more_than_the_weights_can_hold_fails() {
        let violation = check_with(10, 400, 0).unwrap_err();
        assert!((violation.measured.0 - 400.0).abs() < 1e-6 && violation.limit == Bits(384.0), "{violation}");
    }

    #[test]
    fn a_layer_cannot_tell_more_samples_apart_than_there_are() {
        assert_eq!(check_layer(Bits(3.0), 8), Ok(()));
        assert!(check_layer(Bits(3.1), 8).is_err());
    }

    #[test]
    fn knowing_a_draw_that_was_never_seen_fails() {
        let violation = check_with(20, 400, 70).unwrap_err();
        assert!(violation.to_string().contains("independent draw"), "{violation}");
    }
}
