//! What reference networks say of a draw, together: means over networks, nothing of a single one.

use ndarray::Array2;

use super::demand::{Demand, Scale};
use crate::science::bits::Nats;
use crate::science::evaluation::{Evaluation, Prediction};

/// Reference networks on both draws of a trial.
pub struct References {
    /// On the training draw.
    pub train: Said,
    /// On the independent draw.
    pub held_out: Said,
}

/// What several networks say of one draw.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// Mean logits [n t, k or 1]; `None` of other predictions.
    pub mean_logits: Option<Array2<f32>>,
    /// Mean of the log-odds of each sample's targets [n].
    pub mean: Vec<f64>,
    /// Standard deviation of the same over networks [n].
    pub sd: Vec<f64>,
}

/// `ln p / (1 - p)` of all targets of each sample together; of densities their logarithm.
#[must_use]
pub fn log_odds(evaluation: &Evaluation) -> Vec<f64> {
    let is_symbolic = evaluation.symbols().is_some();
    let of = |length: Nats| {
        let length = if is_symbolic { length.0.max(f64::MIN_POSITIVE) } else { length.0 };
        if is_symbolic { -length - libm::log(-libm::expm1(-length)) } else { -length }
    };
    evaluation.code_lengths().into_iter().map(of).collect()
}

/// What networks say, one after the other: none of them is kept.
#[derive(Debug, Default)]
pub struct Gathered {
    count: f64,
    /// Sum of logits; `None` before the first network and once a prediction had none.
    logits: Option<Array2<f64>>,
    /// Running means and sums of squares around them (Welford 1962) [n].
    mean: Vec<f64>,
    squares: Vec<f64>,
}

impl Gathered {
    /// One more network.
    pub fn add(&mut self, evaluation: &Evaluation) {
        let own = log_odds(evaluation);
        let logits = match evaluation.prediction() {
            Prediction::Logits(logits) => Some(logits.mapv(f64::from)),
            _ => None,
        };
        if self.count > 0.0 {
            self.logits = self.logits.take().zip(logits).map(|(sum, logits)| sum + logits);
        } else {
            (self.logits, self.mean, self.squares) = (logits, vec![0.0; own.len()], vec![0.0; own.len()]);
        }
        self.count += 1.0;
        for ((mean, squares), own) in self.mean.iter_mut().zip(&mut self.squares).zip(own) {
            let apart = own - *mean;
            *mean += apart / self.count;
            *squares += apart * (own - *mean);
        }
    }

    /// What all of them say, two or more.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "logits are in f32")]
    pub fn said(self) -> Said {
        let count = self.count;
        let sd = self.squares.into_iter().map(|squares| libm::sqrt(squares / (count - 1.0)));
        Said {
            mean_logits: self.logits.map(|sum| sum.mapv(|sum| (sum / count) as f32)),
            mean: self.mean,
            sd: sd.collect(),
        }
    }
}

/// What reference networks take while they are trained, and what is kept of them.
#[must_use]
pub fn kept(scale: &Scale) -> Demand {
    // mean logits of both draws, with mean and deviation of each sample; sums in twice the precision
    let kept = 2.0 * (scale.outputs() + 16.0 * scale.samples());
    let sums = 4.0 * scale.outputs() + 32.0 * scale.samples();
    let one = scale.further + scale.draw + 2.0 * scale.outputs() + scale.evaluated();
    Demand { kept, passing: one + sums - kept.min(sums), ..Demand::default() }
}

impl Said {
    /// How far the log-odds of each sample's targets lie above the mean of these networks, in their
    /// standard deviations.
    #[must_use]
    pub fn above(&self, own: &[f64]) -> Vec<f64> {
        let scores = own.iter().zip(&self.mean).zip(&self.sd).map(|((own, mean), sd)| (own - mean) / sd);
        // networks that all say the same, as without any training
        scores.map(|score| if score.is_nan() { 0.0 } else { score }).collect()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::science::data::Targets;

    #[test]
    fn log_odds_of_two_classes_are_logits_on_the_side_of_the_label() {
        let labels = Targets::labels(vec![1, 0, 0], 2);
        let evaluation = Evaluation::new(array![[2.5f32], [-40.0], [3.0]], &labels);
        for (odds, expected) in log_odds(&evaluation).into_iter().zip([2.5, 40.0, -3.0]) {
            assert!((odds - expected).abs() < 1e-9, "{odds}");
        }
    }

    #[test]
    fn means_and_deviations_are_over_networks() {
        let labels = Targets::labels(vec![1, 0], 2);
        let mut all = Gathered::default();
        for logits in [array![[1.0f32], [2.0]], array![[3.0f32], [2.0]]] {
            all.add(&Evaluation::new(logits, &labels));
        }
        let said = all.said();
        assert_eq!(said.mean_logits, Some(array![[2.0f32], [2.0]]));
        assert!((said.mean[0] - 2.0).abs() < 1e-12 && (said.sd[0] - 2f64.sqrt()).abs() < 1e-12);
        let above = said.above(&[2.0 + 2f64.sqrt(), said.mean[1]]);
        assert!((above[0] - 1.0).abs() < 1e-12 && above[1] == 0.0, "{above:?}");
    }
}
