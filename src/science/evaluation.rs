//! Evaluation: what a network's outputs say of a draw, as information.
//!
//! Always the deterministic channel: no dropout, no noise. Sums over the whole
//! draw in f64; a single sample is never clipped, since that would not be a
//! code and reads positive on data never seen.

use ndarray::{Array2, ArrayView1};

use crate::science::bits::Nats;
use crate::science::source::Targets;

/// Outputs [n, k] of a network together with the targets they predict.
#[derive(Debug)]
pub struct Evaluation<'a> {
    outputs: Array2<f32>,
    labels: &'a [u32],
    classes: usize,
}

impl<'a> Evaluation<'a> {
    /// Pairs `outputs` [n, k] with their targets [n].
    #[must_use]
    pub fn new(outputs: Array2<f32>, targets: &'a Targets) -> Self {
        let Targets::Classes { labels, classes } = targets;
        debug_assert_eq!(outputs.nrows(), labels.len());
        Self { outputs, labels, classes: *classes }
    }

    /// Samples n.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is nothing to evaluate.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// `sum_i -ln q(y_i | x_i)`: the length of a code of all targets.
    #[must_use]
    pub fn cross_entropy(&self) -> Nats {
        self.cross_entropy_at(1.0)
    }

    /// The same with all logits multiplied by an inverse temperature.
    #[must_use]
    pub fn cross_entropy_at(&self, inverse_temperature: f64) -> Nats {
        self.sum(|logits, label| sample_loss(logits, label, inverse_temperature).0)
    }

    /// The inverse temperature at which the code is shortest. The code length
    /// is convex in it, so that bisection on the slope finds the minimum.
    #[must_use]
    pub fn best_inverse_temperature(&self) -> f64 {
        let slope = |inverse: f64| self.sum(|logits, label| sample_loss(logits, label, inverse).1).0;
        let (mut low, mut high) = (0.0, 1.0);
        if slope(low) >= 0.0 {
            return 0.0;
        }
        while slope(high) < 0.0 {
            (low, high) = (high, high * 2.0);
            if high > 1e6 {
                return high; // separated data: the sharper the better
            }
        }
        for _ in 0..40 {
            let middle = f64::midpoint(low, high);
            if slope(middle) < 0.0 { low = middle } else { high = middle }
        }
        f64::midpoint(low, high)
    }

    /// Samples whose most probable class is not the target. A tie counts as
    /// the lower class.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.rows().filter(|(logits, label)| most_probable(*logits) != *label).count()
    }

    /// Classes V.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    fn rows(&self) -> impl Iterator<Item = (ArrayView1<'_, f32>, u32)> {
        self.outputs.rows().into_iter().zip(self.labels.iter().copied())
    }

    fn sum(&self, term: impl Fn(ArrayView1<f32>, u32) -> f64) -> Nats {
        Nats(self.rows().map(|(logits, label)| term(logits, label)).sum())
    }
}

/// `-ln q(label)` and its slope in the inverse temperature, for one row of
/// logits: one logit is class 1 against class 0, more are a softmax.
fn sample_loss(logits: ArrayView1<f32>, label: u32, inverse: f64) -> (f64, f64) {
    if logits.len() == 1 {
        let against = if label == 1 { -f64::from(logits[0]) } else { f64::from(logits[0]) };
        let z = inverse * against;
        // softplus without overflow, and its slope the sigmoid
        let loss = z.max(0.0) + libm::log1p(libm::exp(-z.abs()));
        let sigmoid =
            if z >= 0.0 { 1.0 / (1.0 + libm::exp(-z)) } else { libm::exp(z) / (1.0 + libm::exp(z)) };
        return (loss, against * sigmoid);
    }
    let top = logits.iter().fold(f64::NEG_INFINITY, |top, &z| top.max(f64::from(z)));
    let (mut total, mut weighted) = (0.0, 0.0);
    for &z in logits {
        let z = f64::from(z) - top;
        let weight = libm::exp(inverse * z);
        total += weight;
        weighted += weight * z;
    }
    let own = f64::from(logits[label as usize]) - top;
    (libm::log(total) - inverse * own, weighted / total - own)
}

fn most_probable(logits: ArrayView1<f32>) -> u32 {
    if logits.len() == 1 {
        return u32::from(logits[0] > 0.0);
    }
    let mut best = 0;
    for (class, &z) in logits.iter().enumerate() {
        if z > logits[best] {
            best = class;
        }
    }
    u32::try_from(best).expect("classes are at most 65,536")
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn one_logit_and_two_softmax_logits_agree() {
        let labels = Targets::Classes { labels: vec![0, 1, 1], classes: 2 };
        let one = Evaluation::new(array![[0.3f32], [-2.0], [40.0]], &labels);
        let two = Evaluation::new(array![[0.0f32, 0.3], [1.0, -1.0], [-20.0, 20.0]], &labels);
        let expected = (1.0 + 0.3f32.exp()).ln() + (1.0 + 2.0f32.exp()).ln();
        assert!((one.cross_entropy().0 - f64::from(expected)).abs() < 1e-6);
        assert!((one.cross_entropy().0 - two.cross_entropy().0).abs() < 1e-7);
        assert_eq!((one.errors(), two.errors()), (2, 2));
    }

    #[test]
    fn uniform_outputs_cost_the_entropy_of_the_classes() {
        let labels = Targets::Classes { labels: vec![4, 0], classes: 5 };
        let flat = Evaluation::new(Array2::zeros((2, 5)), &labels);
        assert!((flat.cross_entropy().0 - 2.0 * 5f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn the_best_temperature_undoes_a_known_rescaling() {
        // empirical frequencies 3:1 are matched by the logit ln 3; scaled by 5, the best inverse is 1/5
        let logit = 5.0 * 3f32.ln();
        let labels = Targets::Classes { labels: vec![1, 1, 1, 0], classes: 2 };
        let scaled = Evaluation::new(array![[logit], [logit], [logit], [logit]], &labels);
        assert!((scaled.best_inverse_temperature() - 0.2).abs() < 1e-6);
        let entropy = 4.0 * -(0.75f64.ln() * 0.75 + 0.25f64.ln() * 0.25);
        assert!((scaled.cross_entropy_at(scaled.best_inverse_temperature()).0 - entropy).abs() < 1e-9);
    }

    #[test]
    fn extreme_logits_stay_finite() {
        let labels = Targets::Classes { labels: vec![0, 0], classes: 3 };
        let extreme = Evaluation::new(array![[-1e30f32, 1e30, 0.0], [0.0, -1e30, -1e30]], &labels);
        assert!((extreme.cross_entropy().0 / 2e30 - 1.0).abs() < 1e-6);
    }
}
