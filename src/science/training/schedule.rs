//! Learning-rate schedules.

use super::{Schedule, Training};

/// Learning rate of the step after `taken` steps.
///
/// Cosine: `rate (1 + cos(pi t / T)) / 2` for t = 0..T-1 (Loshchilov & Hutter 2017).
#[expect(clippy::cast_precision_loss, reason = "steps are below 2^53")]
#[must_use]
pub fn learning_rate(training: &Training, taken: u64) -> f64 {
    match training.schedule {
        Schedule::Constant => training.learning_rate,
        Schedule::Cosine => {
            let share = taken as f64 / training.steps as f64;
            training.learning_rate * 0.5 * (1.0 + libm::cos(std::f64::consts::PI * share))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_starts_at_the_rate_halves_midway_and_ends_near_zero() {
        let training =
            Training { learning_rate: 0.4, schedule: Schedule::Cosine, steps: 1000, ..Training::default() };
        assert!((learning_rate(&training, 0) - 0.4).abs() < 1e-15);
        assert!((learning_rate(&training, 500) - 0.2).abs() < 1e-15);
        assert!(learning_rate(&training, 999) < 1e-5);
        let constant = Training { schedule: Schedule::Constant, ..training };
        assert!((learning_rate(&constant, 999) - 0.4).abs() < 1e-15);
    }
}
