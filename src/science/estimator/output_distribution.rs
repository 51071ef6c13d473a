//! Output distribution: whether a network gives all the right answers, or their
//! useless mean.

use garde::Validate;
use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::quantity::exact_quantities;
use super::{Prospect, Quantity, Reads, Rule, Subject};
use crate::science::bits::{Bits, Nats};
use crate::science::evaluation::Prediction;
use crate::science::family::Item;
use crate::science::seed::Purpose;
use crate::science::source::Distribution;

/// Answers drawn from the predicted law on questions of the independent draw, judged by
/// the law that knows all right ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct OutputDistribution {}

impl Item for OutputDistribution {
    const SUMMARY: &'static str = "share of answers that are right, right answers that are given, and their entropy against the true one";

    fn example() -> Self {
        Self {}
    }
}

exact_quantities! {
    "valid_answers" Fraction true "share of answers drawn from the predicted law that are right"
    "valid_best_answers" Fraction true "share of questions whose one best answer (most probable, or the mean) is right"
    "answer_coverage" Fraction true "share of right answers that are given at least a quarter as often as they should be"
    "answer_entropy_bits" BitsPerSample true "entropy of which right answer is given, corrected for finite draws (Miller & Madow 1955)"
    "output_entropy_bits" BitsPerSample false "mean entropy of the predicted symbol"
    "true_entropy_bits" BitsPerSample true "entropy of the answer to whoever knows the rule: noise of the ledger over N"
}

/// Questions that are asked, and answers drawn to each.
const QUESTIONS: usize = 256;
const DRAWS: usize = 256;

impl Rule for OutputDistribution {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn incompatibility(&self, prospect: &Prospect) -> Option<String> {
        (prospect.data.inputs == 0).then(|| "needs data with inputs: there is no question".to_owned())
    }

    fn reads(&self) -> Reads {
        Reads::Outputs
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn measure(&self, subject: &Subject) -> Vec<Option<f64>> {
        let data = subject.held_out_dataset;
        if data.inputs.ncols() == 0 {
            return vec![None; QUANTITIES.len()]; // nothing was asked
        }
        let prediction = subject.held_out.prediction();
        let questions = data.len().min(QUESTIONS);
        let mut values = match subject.distribution.right_answers() {
            Some(answers) => judged(subject, prediction, &data.inputs, questions, answers).to_vec(),
            None => vec![None; 4],
        };
        let entropies: Option<Vec<f64>> = (0..questions).map(|row| prediction.entropy(row)).collect();
        let output = entropies.filter(|_| subject.held_out.symbols().is_some_and(|(n, _)| n == data.len()));
        values.push(output.map(|e| Bits::from(Nats(e.iter().sum::<f64>() / questions as f64)).0));
        values.push(Some(subject.ledger.noise.0 / subject.dataset.len() as f64));
        values
    }
}

/// Valid answers, valid best answers, coverage and entropy.
#[expect(clippy::cast_precision_loss, reason = "draws are few")]
fn judged(
    subject: &Subject,
    prediction: &Prediction,
    inputs: &Array2<f32>,
    questions: usize,
    answers: usize,
) -> [Option<f64>; 4] {
    let Some(inside) = &subject.inside else { return [None; 4] };
    let distribution: &dyn Distribution = subject.distribution;
    let mut stream = inside.streams.stream(Purpose::Probe);
    let (mut valid, mut best, mut covered) = (0, 0, 0);
    let mut entropies = Vec::new();
    for row in 0..questions {
        let question = inputs.row(row);
        let mut counts = vec![0usize; answers];
        for _ in 0..DRAWS {
            let Some(answer) = prediction.draw(row, &mut stream) else { return [None; 4] };
            if let Some(which) = distribution.which_answer(question, &answer) {
                counts[which] += 1;
            }
        }
        let Some(answer) = prediction.best(row) else { return [None; 4] };
        best += usize::from(distribution.which_answer(question, &answer).is_some());
        valid += counts.iter().sum::<usize>();
        covered += counts.iter().filter(|count| **count * 4 * answers >= DRAWS).count();
        entropies.extend(entropy(&counts));
    }
    let share = |count: usize, of: usize| Some(count as f64 / of as f64);
    let mean = entropies.iter().map(|bits| bits.0).sum::<f64>() / entropies.len() as f64;
    [
        share(valid, questions * DRAWS),
        share(best, questions),
        share(covered, questions * answers),
        (!entropies.is_empty()).then_some(mean),
    ]
}

/// Entropy of a distribution from counts of its draws, with the first-order correction
/// `(m - 1) / 2n` for the m values that were seen. `None` without any draw.
#[expect(clippy::cast_precision_loss, reason = "draws are few")]
fn entropy(counts: &[usize]) -> Option<Bits> {
    let n = counts.iter().sum::<usize>() as f64;
    let seen = counts.iter().filter(|count| **count > 0).map(|count| *count as f64 / n);
    let plain: f64 = seen.clone().map(|p| -p * libm::log(p)).sum();
    (n > 0.0).then(|| Bits::from(Nats(plain + (seen.count() as f64 - 1.0) / (2.0 * n))))
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::science::seed::Streams;

    #[test]
    fn the_corrected_entropy_of_few_draws_is_that_of_the_law() {
        let mut stream = Streams { seed: 5, replicate: 0 }.stream(Purpose::Probe);
        for answers in [1usize, 2, 8] {
            let mean = (0..400)
                .map(|_| {
                    let mut counts = vec![0; answers];
                    (0..DRAWS).for_each(|_| counts[stream.random_range(0..answers)] += 1);
                    entropy(&counts).unwrap().0
                })
                .sum::<f64>()
                / 400.0;
            assert!((mean - (answers as f64).log2()).abs() < 0.002, "{answers}: {mean}");
        }
        assert!(entropy(&[0, 0]).is_none());
    }
}
