//! Learning-rate schedules.

use super::spec::{Schedule, Training};

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

/// The sum of the learning rates of the first `taken` steps: the time of the flow that
/// they follow. The cosines add up to Dirichlet's kernel.
#[expect(clippy::cast_precision_loss, reason = "steps are below 2^53")]
#[must_use]
pub fn time(training: &Training, taken: u64) -> f64 {
    let k = taken as f64;
    match training.schedule {
        Schedule::Constant => training.learning_rate * k,
        Schedule::Cosine => {
            let half = 0.5 * std::f64::consts::PI / training.steps as f64;
            let cosines = libm::sin(k * half) * libm::cos((k - 1.0) * half) / libm::sin(half);
            training.learning_rate * 0.5 * (k + cosines)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_the_sum_of_the_rates() {
        for schedule in [Schedule::Constant, Schedule::Cosine] {
            let training = Training { learning_rate: 0.3, schedule, steps: 70, ..Training::default() };
            let mut sum = 0.0;
            for taken in 0..70 {
                assert!((time(&training, taken) - sum).abs() < 1e-12);
                sum += learning_rate(&training, taken);
            }
        }
    }

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
