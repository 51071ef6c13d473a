//! Answers: single values drawn from what a network predicts, and its best one.

use ndarray::Array2;
use rand::RngExt;

use super::Prediction;
use crate::science::data::Answer;
use crate::science::seed::{Stream, standard_normal};

impl Prediction {
    /// One answer to question `row`, drawn from the predicted distribution; of a network
    /// that states a mean alone that mean. `None` where a prediction has no single answers.
    #[must_use]
    pub fn draw(&self, row: usize, stream: &mut Stream) -> Option<Answer> {
        match self {
            Self::Logits(logits) => Some(Answer::Symbol(drawn(&probabilities(logits, row), stream))),
            Self::Gaussian { mean, log_sd: None } => Some(point(mean, row, |_| 0.0)),
            Self::Gaussian { mean, log_sd: Some(log_sd) } => Some(point(mean, row, |column| {
                libm::exp(f64::from(log_sd[[row, column]])) * standard_normal(stream)
            })),
            Self::Mixture { log_weights, means, log_sds } => {
                let component = drawn(&probabilities(log_weights, row), stream) as usize;
                let sd = libm::exp(f64::from(log_sds[[row, component]]));
                Some(component_point(means, log_sds.ncols(), row, component, || sd * standard_normal(stream)))
            }
            Self::CodeLengths(_) | Self::Scores(_) | Self::Walk(_) => None,
        }
    }

    /// The one answer that the network gives: its most probable symbol, its mean, or the
    /// mean of its highest component.
    #[must_use]
    pub fn best(&self, row: usize) -> Option<Answer> {
        match self {
            Self::Logits(logits) => Some(Answer::Symbol(highest(&probabilities(logits, row)))),
            Self::Gaussian { mean, .. } => Some(point(mean, row, |_| 0.0)),
            Self::Mixture { log_weights, means, log_sds } => {
                #[expect(clippy::cast_precision_loss, reason = "dimensions are small")]
                let dimensions = (means.ncols() / log_sds.ncols()) as f64;
                let peaks: Vec<f64> = log_weights
                    .row(row)
                    .iter()
                    .zip(log_sds.row(row))
                    .map(|(weight, log_sd)| f64::from(*weight) - dimensions * f64::from(*log_sd))
                    .collect();
                let component = highest(&peaks) as usize;
                Some(component_point(means, log_sds.ncols(), row, component, || 0.0))
            }
            Self::CodeLengths(_) | Self::Scores(_) | Self::Walk(_) => None,
        }
    }

    /// Entropy in nats of the predicted symbol of `row`; `None` of anything else.
    #[must_use]
    pub fn entropy(&self, row: usize) -> Option<f64> {
        let Self::Logits(logits) = self else { return None };
        let each = probabilities(logits, row).into_iter().filter(|p| *p > 0.0);
        Some(each.map(|p| -p * libm::log(p)).sum())
    }
}

fn point(mean: &Array2<f32>, row: usize, mut noise: impl FnMut(usize) -> f64) -> Answer {
    let each = mean.row(row).into_iter().enumerate();
    Answer::Point(each.map(|(column, m)| f64::from(*m) + noise(column)).collect())
}

fn component_point(
    means: &Array2<f32>,
    components: usize,
    row: usize,
    component: usize,
    mut noise: impl FnMut() -> f64,
) -> Answer {
    let d = means.ncols() / components;
    let mean = (0..d).map(|i| f64::from(means[[row, component * d + i]]) + noise());
    Answer::Point(mean.collect())
}

/// Softmax of a row; of a single logit the probabilities of 0 and 1.
fn probabilities(logits: &Array2<f32>, row: usize) -> Vec<f64> {
    let mut z: Vec<f64> = logits.row(row).iter().map(|z| f64::from(*z)).collect();
    if z.len() == 1 {
        z.insert(0, 0.0);
    }
    let top = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    z.iter_mut().for_each(|z| *z = libm::exp(*z - top));
    let total: f64 = z.iter().sum();
    z.iter_mut().for_each(|p| *p /= total);
    z
}

fn drawn(probabilities: &[f64], stream: &mut Stream) -> u32 {
    let mut left = stream.random::<f64>();
    for (symbol, p) in (0u32..).zip(probabilities) {
        left -= p;
        if left < 0.0 {
            return symbol;
        }
    }
    highest(probabilities) // what rounding left over
}

fn highest(numbers: &[f64]) -> u32 {
    let mut best = (0, f64::NEG_INFINITY);
    for (symbol, number) in (0u32..).zip(numbers) {
        if *number > best.1 {
            best = (symbol, *number);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::science::seed::{Purpose, Streams};

    #[test]
    fn answers_follow_the_predicted_law() {
        let mut stream = Streams { seed: 2, replicate: 0 }.stream(Purpose::Probe);
        let logits = Prediction::Logits(array![[0.0f32, 3f32.ln(), f32::NEG_INFINITY]]);
        let ones = (0..20_000).filter(|_| logits.draw(0, &mut stream) == Some(Answer::Symbol(1))).count();
        assert!((ones as f64 / 20_000.0 - 0.75).abs() < 0.0125, "{ones}");
        assert_eq!(logits.best(0), Some(Answer::Symbol(1)));
        let entropy = -(0.75f64 * 0.75f64.ln() + 0.25 * 0.25f64.ln());
        assert!((logits.entropy(0).unwrap() - entropy).abs() < 1e-7);
        let binary = Prediction::Logits(array![[-1.0f32]]);
        assert_eq!(binary.best(0), Some(Answer::Symbol(0)));
    }

    #[test]
    fn a_mixture_answers_with_one_of_its_components() {
        let mut stream = Streams { seed: 2, replicate: 0 }.stream(Purpose::Probe);
        let mixture = Prediction::Mixture {
            log_weights: array![[0.0f32, 0.0]],
            means: array![[5.0f32, 5.0, -5.0, 5.0]],
            log_sds: array![[-3.0f32, -4.0]],
        };
        let mut left = 0;
        for _ in 0..2000 {
            let Some(Answer::Point(p)) = mixture.draw(0, &mut stream) else { unreachable!() };
            assert!((p[0].abs() - 5.0).abs() < 0.3 && (p[1] - 5.0).abs() < 0.3, "{p:?}");
            left += usize::from(p[0] < 0.0);
        }
        assert!((900..1100).contains(&left), "{left}");
        assert_eq!(mixture.best(0), Some(Answer::Point(vec![-5.0, 5.0])), "the narrower one is higher");
    }
}
