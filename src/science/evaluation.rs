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
use crate::science::interrupt;
pub use densities::LN_ROOT_TAU;
pub use prediction::{CodeLengths, Form, Prediction, Walk};

/// The root of a function that rises from below zero at `low` to zero or above at
/// `high`, to a bracket of relative width 1e-9: by the secant, halving the value of an end
/// that stays twice (the Illinois form of regula falsi, Dowell & Jarratt 1971), and by the
/// geometric middle where three secants did not halve the bracket: steps say nothing of how
/// far the root is where the slope has a bend.
fn root(slope: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let (mut at_low, mut at_high) = (slope(low), slope(high));
    let (mut next, mut was_low) = (high, None);
    let (mut width, mut slow) = (high - low, 0);
    for _ in 0..200 {
        let secant = (low * at_high - high * at_low) / (at_high - at_low);
        let is_inside = secant > low && secant < high;
        next = if slow < 3 && is_inside { secant } else { libm::sqrt(low) * libm::sqrt(high) };
        let value = slope(next);
        if value == 0.0 {
            break;
        }
        let is_low = value < 0.0;
        let stays = if was_low == Some(is_low) && slow < 3 { 0.5 } else { 1.0 };
        if is_low {
            (low, at_low, at_high) = (next, value, at_high * stays);
        } else {
            (high, at_high, at_low) = (next, value, at_low * stays);
        }
        was_low = Some(is_low);
        if high - low <= 1e-9 * high {
            break;
        }
        if slow >= 3 {
            // the ends' values may have been halved away
            (at_low, at_high) = (slope(low), slope(high));
        }
        (width, slow) = if high - low <= 0.5 * width { (high - low, 0) } else { (width, (slow + 1) % 4) };
    }
    next
}

/// Predictions of a network together with the targets that they predict.
#[derive(Debug)]
pub struct Evaluation<'a> {
    prediction: Prediction,
    targets: &'a Targets,
    samples: usize,
    distinct: Option<usize>,
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
        Self { prediction, targets, samples, distinct: None }
    }

    /// The same of a draw that is a set, if it is one, no two samples of which begin with the same
    /// symbols, so many of them: code lengths of all targets together are those of a code without
    /// replacement.
    #[must_use]
    pub fn of_set(self, distinct: Option<usize>) -> Self {
        Self { distinct, ..self }
    }

    /// Symbols that no two samples begin with, where the targets are coded as a set.
    #[must_use]
    pub fn distinct(&self) -> Option<usize> {
        self.distinct
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
    /// information. Of a set, whose decoder knows that no sample comes again,
    /// `sum_i -ln [q(y_i) / (1 - sum of q of those before)]`.
    #[must_use]
    pub fn cross_entropy(&self) -> Nats {
        self.cross_entropy_at(1.0)
    }

    /// The same with all logits (or precisions of densities) multiplied by an
    /// inverse temperature. Code lengths that are no function of logits stay.
    #[must_use]
    pub fn cross_entropy_at(&self, inverse_temperature: f64) -> Nats {
        match self.distinct {
            Some(distinct) => self.without_replacement(inverse_temperature, distinct, 0),
            None => self.losses(inverse_temperature).0,
        }
    }

    /// The length of a code of the targets from sample `known` on, for a decoder who has those
    /// before: they matter where the targets are a set, none of which comes again.
    #[must_use]
    pub fn cross_entropy_after(&self, known: usize) -> Nats {
        match self.distinct {
            Some(distinct) => self.without_replacement(1.0, distinct, known),
            None => self.code_lengths()[known..].iter().fold(Nats(0.0), |sum, length| sum + *length),
        }
    }

    /// `-ln q(y_i | x_i)` of each sample, for statistics over samples. Never to be
    /// clipped and summed.
    #[must_use]
    pub fn code_lengths(&self) -> Vec<Nats> {
        let mut lengths = vec![Nats(0.0); self.samples];
        self.each_loss(1.0, |sample, loss, _| lengths[sample] = lengths[sample] + Nats(loss));
        lengths
    }

    /// Length of a code of the samples of a set from number `known` on. No sample begins as one
    /// before it, so that each has `q / (1 - sum over those before of q of their beginning)`; of
    /// code lengths that are known of whole samples alone the whole is the beginning. What is left
    /// is never less than a sample's own share, however a network's probabilities were rounded.
    fn without_replacement(&self, inverse: f64, distinct: usize, known: usize) -> Nats {
        let mut lengths = vec![(0.0, 0.0); self.samples];
        let mut symbols = vec![0; self.samples];
        self.each_loss(inverse, |sample, loss, _| {
            let (whole, beginning) = &mut lengths[sample];
            *whole += loss;
            if symbols[sample] < distinct {
                *beginning += loss;
            }
            symbols[sample] += 1;
        });
        let (mut sent, mut total) = (0.0, 0.0);
        for (i, (whole, beginning)) in lengths.into_iter().enumerate() {
            let share = libm::exp(-beginning);
            if i >= known {
                total += whole + libm::log(f64::max(1.0 - sent, share));
            }
            sent += share;
        }
        Nats(total)
    }

    /// Whether a temperature changes the code at all.
    #[must_use]
    pub fn has_temperature(&self) -> bool {
        !matches!(self.prediction, Prediction::CodeLengths(_) | Prediction::Scores(_) | Prediction::Walk(_))
    }

    /// The inverse temperature at which the code is shortest. The code length of
    /// logits and of Gaussians is convex in it, so that the root of the slope
    /// is the minimum. 0 where every sharper code is longer; never worse than 1.
    #[must_use]
    pub fn best_inverse_temperature(&self) -> f64 {
        if !self.has_temperature() {
            return 1.0;
        }
        let best = self.stationary_inverse_temperature();
        // mixtures are not convex, and rounding may prefer an end
        let shorter =
            |a: f64, b: f64| if self.cross_entropy_at(b).0 < self.cross_entropy_at(a).0 { b } else { a };
        shorter(shorter(best, 1.0), 0.0)
    }

    /// Where the slope of the code length in the inverse temperature is 0, by brackets that
    /// grow and shrink by a constant factor: logits may have any scale.
    fn stationary_inverse_temperature(&self) -> f64 {
        const FACTOR: f64 = 4.0;
        const MOST: f64 = 1e30; // of either end: beyond the scales of f32 logits that differ
        let slope = |inverse: f64| self.losses(inverse).1;
        if slope(0.0) >= 0.0 {
            return 0.0;
        }
        let (mut low, mut high) = (1.0, 1.0);
        loop {
            let (loss, slope) = self.losses(high);
            if slope >= 0.0 {
                break;
            }
            #[expect(clippy::cast_precision_loss, reason = "samples are far below 2^53")]
            let is_over = loss.0 < 1e-12 * self.samples as f64;
            if is_over || high > MOST {
                return high; // separated data: the sharper the better, to no end
            }
            (low, high) = (high, high * FACTOR);
        }
        while low >= high {
            low /= FACTOR;
            if low < 1.0 / MOST {
                return 0.0;
            }
            if slope(low) >= 0.0 {
                high = low;
            }
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
        interrupt::check();
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
    fn a_set_is_coded_without_replacement() {
        // one symbol out of four, uniform: 4, then 3, then 2 are left
        let targets = Targets::Symbols { symbols: array![[2], [0], [3], [1]], alphabet: 4 };
        let uniform = Evaluation::new(Array2::zeros((4, 4)), &targets).of_set(Some(1));
        assert!((uniform.cross_entropy().0 - 24f64.ln()).abs() < 1e-9);
        assert!((uniform.cross_entropy_after(2).0 - 2f64.ln()).abs() < 1e-9);
        // what was never sent still costs: 1/2, 1/4, 1/8, 1/8 in this order
        let logits = Array2::from_shape_fn((4, 4), |(_, v)| [0.25f32, 0.125, 0.5, 0.125][v].ln());
        let skewed = Evaluation::new(logits, &targets).of_set(Some(1));
        let expected = -(0.5f64 * (0.25 / 0.5) * (0.125 / 0.25)).ln();
        assert!((skewed.cross_entropy().0 - expected).abs() < 1e-6, "{:?}", skewed.cross_entropy());
    }

    #[test]
    fn of_facts_no_key_comes_again_and_any_value_may() {
        // keys of one symbol out of three, values of one symbol out of three, both uniform
        let targets = Targets::Symbols { symbols: array![[2, 0], [0, 0], [1, 2]], alphabet: 3 };
        let uniform = Evaluation::new(Array2::zeros((6, 3)), &targets).of_set(Some(1));
        assert!((uniform.cross_entropy().0 - (6.0f64 * 27.0).ln()).abs() < 1e-9);
    }

    #[test]
    fn extreme_logits_stay_finite() {
        let labels = Targets::labels(vec![0, 0], 3);
        let extreme = Evaluation::new(array![[-1e30f32, 1e30, 0.0], [0.0, -1e30, -1e30]], &labels);
        assert!((extreme.cross_entropy().0 / 2e30 - 1.0).abs() < 1e-6);
    }
}
