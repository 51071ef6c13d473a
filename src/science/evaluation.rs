//! Evaluation: what a network's predictions say of a draw, as information.
//!
//! Always the channel that the network names (without training noise unless it
//! says so). Sums over the whole draw in f64; a single sample is never clipped,
//! since that would not be a code and reads positive on data never seen.

mod answers;
mod densities;
mod prediction;
mod symbols;

use crate::science::bits::Nats;
use crate::science::data::{TargetShape, Targets};
pub use prediction::{CodeLengths, Prediction, Walk};

/// The root of a function that rises from below zero at `low` to zero or above at
/// `high`, to a relative 1e-9: by the secant, halving the value of an end that
/// stays twice (the Illinois form of regula falsi, Dowell & Jarratt 1971).
fn root(slope: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let (mut at_low, mut at_high) = (slope(low), slope(high));
    let (mut next, mut was_low) = (high, None);
    for _ in 0..60 {
        let before = next;
        let secant = (low * at_high - high * at_low) / (at_high - at_low);
        next = if secant > low && secant < high { secant } else { f64::midpoint(low, high) };
        let value = slope(next);
        let is_low = value < 0.0;
        let stays = if was_low == Some(is_low) { 0.5 } else { 1.0 };
        if is_low {
            (low, at_low, at_high) = (next, value, at_high * stays);
        } else {
            (high, at_high, at_low) = (next, value, at_low * stays);
        }
        was_low = Some(is_low);
        if (next - before).abs() <= 1e-9 * next || value == 0.0 {
            break;
        }
    }
    next
}

/// Predictions of a network together with the targets that they predict.
#[derive(Debug)]
pub struct Evaluation<'a> {
    prediction: Prediction,
    targets: &'a Targets,
    samples: usize,
}

impl<'a> Evaluation<'a> {
    /// Pairs a prediction with its targets of as many samples.
    ///
    /// # Panics
    /// When one cannot speak of the other: another number of rows, or symbols
    /// predicted by densities.
    #[must_use]
    pub fn new(prediction: impl Into<Prediction>, targets: &'a Targets) -> Self {
        let prediction = prediction.into();
        prediction.assert_fits(targets);
        let samples = match targets {
            Targets::Symbols { symbols, .. } => symbols.nrows(),
            Targets::Reals(values) => values.nrows(),
        };
        Self { prediction, targets, samples }
    }

    /// Samples n.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples
    }

    /// Whether there is nothing to evaluate.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The prediction itself.
    #[must_use]
    pub fn prediction(&self) -> &Prediction {
        &self.prediction
    }

    /// What is predicted.
    #[must_use]
    pub fn targets(&self) -> &'a Targets {
        self.targets
    }

    /// `sum_i -ln q(y_i | x_i)`: the length of a code of all targets. For real
    /// targets a density, so that only differences to other densities mean
    /// information.
    #[must_use]
    pub fn cross_entropy(&self) -> Nats {
        self.cross_entropy_at(1.0)
    }

    /// The same with all logits (or precisions of densities) multiplied by an
    /// inverse temperature. Code lengths that are no function of logits stay.
    #[must_use]
    pub fn cross_entropy_at(&self, inverse_temperature: f64) -> Nats {
        self.losses(inverse_temperature).0
    }

    /// `-ln q(y_i | x_i)` of each sample, for statistics over samples. Never to be
    /// clipped and summed.
    #[must_use]
    pub fn code_lengths(&self) -> Vec<Nats> {
        let mut lengths = vec![Nats(0.0); self.samples];
        self.each_loss(1.0, |sample, loss, _| lengths[sample] = lengths[sample] + Nats(loss));
        lengths
    }

    /// Whether a temperature changes the code at all.
    #[must_use]
    pub fn has_temperature(&self) -> bool {
        !matches!(self.prediction, Prediction::CodeLengths(_) | Prediction::Scores(_) | Prediction::Walk(_))
    }

    /// The inverse temperature at which the code is shortest. The code length of
    /// logits and of Gaussians is convex in it, so that the root of the slope
    /// is the minimum.
    #[must_use]
    pub fn best_inverse_temperature(&self) -> f64 {
        if !self.has_temperature() {
            return 1.0;
        }
        let slope = |inverse: f64| self.losses(inverse).1;
        let (mut low, mut high) = (0.0, 1.0);
        if slope(low) >= 0.0 {
            return 0.0;
        }
        loop {
            let (loss, slope) = self.losses(high);
            if slope >= 0.0 {
                break;
            }
            #[expect(clippy::cast_precision_loss, reason = "samples are far below 2^53")]
            let is_over = loss.0 < 1e-12 * self.samples as f64;
            if is_over || high > 1e6 {
                return high; // separated data: the sharper the better, to no end
            }
            (low, high) = (high, high * 2.0);
        }
        root(slope, low, high)
    }

    /// Symbols whose most probable value is not the target, a tie counting as
    /// the lower symbol. `None` where there are no symbols or no logits.
    #[must_use]
    pub fn errors(&self) -> Option<usize> {
        match (&self.prediction, self.targets) {
            (Prediction::Logits(logits), Targets::Symbols { symbols, .. }) => {
                Some(symbols::errors(logits.view(), symbols.view()))
            }
            _ => None,
        }
    }

    /// Symbols in all samples and the size of their alphabet. `None` for reals.
    #[must_use]
    pub fn symbols(&self) -> Option<(usize, usize)> {
        match self.targets.shape() {
            TargetShape::Symbols { length, alphabet } => Some((self.samples * length, alphabet)),
            TargetShape::Reals { .. } => None,
        }
    }

    /// Sum of losses and its slope in the inverse temperature.
    fn losses(&self, inverse: f64) -> (Nats, f64) {
        let (mut total, mut slope) = (0.0, 0.0);
        self.each_loss(inverse, |_, loss, its_slope| {
            total += loss;
            slope += its_slope;
        });
        (Nats(total), slope)
    }

    /// Calls with (sample, loss in nats, slope) for every predicted unit.
    fn each_loss(&self, inverse: f64, mut call: impl FnMut(usize, f64, f64)) {
        match (&self.prediction, self.targets) {
            (Prediction::Logits(logits), Targets::Symbols { symbols, .. }) => {
                symbols::each_loss(logits.view(), symbols.view(), inverse, call);
            }
            (Prediction::CodeLengths(lengths), _) => {
                lengths.nats.iter().enumerate().for_each(|(i, length)| call(i, *length, 0.0));
            }
            (Prediction::Gaussian { mean, log_sd }, Targets::Reals(values)) => {
                densities::each_gaussian_loss(mean, log_sd.as_ref(), values, inverse, call);
            }
            (Prediction::Mixture { log_weights, means, log_sds }, Targets::Reals(values)) => {
                densities::each_mixture_loss(log_weights, means, log_sds, values, inverse, call);
            }
            (Prediction::Scores(scores), _) => {
                scores.iter().enumerate().for_each(|(i, score)| call(i, *score, 0.0));
            }
            (Prediction::Walk(_), _) => {} // there is nothing to code
            _ => unreachable!("checked when they were paired"),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn one_logit_and_two_softmax_logits_agree() {
        let labels = Targets::labels(vec![0, 1, 1], 2);
        let one = Evaluation::new(array![[0.3f32], [-2.0], [40.0]], &labels);
        let two = Evaluation::new(array![[0.0f32, 0.3], [1.0, -1.0], [-20.0, 20.0]], &labels);
        let expected = (1.0 + 0.3f32.exp()).ln() + (1.0 + 2.0f32.exp()).ln();
        assert!((one.cross_entropy().0 - f64::from(expected)).abs() < 1e-6);
        assert!((one.cross_entropy().0 - two.cross_entropy().0).abs() < 1e-7);
        assert_eq!((one.errors(), two.errors()), (Some(2), Some(2)));
    }

    #[test]
    fn uniform_outputs_cost_the_entropy_of_the_classes() {
        let labels = Targets::labels(vec![4, 0], 5);
        let flat = Evaluation::new(Array2::zeros((2, 5)), &labels);
        assert!((flat.cross_entropy().0 - 2.0 * 5f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn the_best_temperature_undoes_a_known_rescaling() {
        // empirical frequencies 3:1 are matched by the logit ln 3; scaled by 5, the best inverse is 1/5
        let logit = 5.0 * 3f32.ln();
        let labels = Targets::labels(vec![1, 1, 1, 0], 2);
        let scaled = Evaluation::new(array![[logit], [logit], [logit], [logit]], &labels);
        assert!((scaled.best_inverse_temperature() - 0.2).abs() < 1e-6);
        let entropy = 4.0 * -(0.75f64.ln() * 0.75 + 0.25f64.ln() * 0.25);
        assert!((scaled.cross_entropy_at(scaled.best_inverse_temperature()).0 - entropy).abs() < 1e-9);
    }

    #[test]
    fn extreme_logits_stay_finite() {
        let labels = Targets::labels(vec![0, 0], 3);
        let extreme = Evaluation::new(array![[-1e30f32, 1e30, 0.0], [0.0, -1e30, -1e30]], &labels);
        assert!((extreme.cross_entropy().0 / 2e30 - 1.0).abs() < 1e-6);
    }
}
