//! Output distribution: whether a network gives all the right answers, or their
//! useless mean.

use garde::Validate;
use ndarray::{Array2, s};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::quantity::exact_quantities;
use super::{Demand, Prospect, Quantity, Reads, Rule, Scale, Subject};
use crate::science::bits::{Bits, Nats};
use crate::science::data::{Answer, Targets};
use crate::science::evaluation::Prediction;
use crate::science::family::Item;
use crate::science::interrupt;
use crate::science::network::Likelihood;
use crate::science::network::footprint::count;
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
    "energy_score" Targets true "mean distance of drawn answers from the one in the data, less half the distance between two of them (Gneiting & Raftery 2007): in the mean least at the true distribution; of numbers"
}

/// Questions that are asked, and answers drawn to each.
const QUESTIONS: usize = 256;
const DRAWS: usize = 256;

impl Rule for OutputDistribution {
    fn quantities(&self) -> &'static [Quantity] {
        QUANTITIES
    }

    fn demand(&self, scale: &Scale) -> Demand {
        let answers = count(scale.data.samples.min(QUESTIONS) * DRAWS);
        let (width, outputs) = (count(scale.data.targets.width()), scale.footprint.outputs);
        let is_asked = matches!(scale.architecture.likelihood(), Likelihood::Implicit | Likelihood::Bound);
        Demand {
            passing: answers * (64.0 + 8.0 * width),
            evaluations: if is_asked { scale.once(answers) } else { 0.0 },
            operations: answers * (100.0 + 20.0 * width + if is_asked { 0.0 } else { 20.0 * outputs }),
            judgments: answers / scale.samples(),
            ..Demand::default()
        }
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
        let Some(drawn) = Drawn::new(subject, prediction, questions) else {
            return vec![None; QUANTITIES.len()];
        };
        let mut values = match subject.distribution.right_answers() {
            Some(answers) => judged(subject.distribution, &drawn, &data.inputs, answers).to_vec(),
            None => vec![None; 4],
        };
        let entropies: Option<Vec<f64>> = (0..questions).map(|row| prediction.entropy(row)).collect();
        let output = entropies.filter(|_| subject.held_out.symbols().is_some_and(|(n, _)| n == data.len()));
        values.push(output.map(|e| Bits::from(Nats(e.iter().sum::<f64>() / questions as f64)).0));
        values.push(Some(subject.ledger.noise.0 / subject.dataset.len() as f64));
        values.push(drawn.energy_score(&data.targets));
        values
    }
}

/// Answers drawn to each question, and its one best answer.
struct Drawn {
    answers: Vec<Vec<Answer>>,
    /// `None` of a network that draws its answers and prefers none.
    best: Option<Vec<Answer>>,
}

impl Drawn {
    /// Answers from the predicted distribution; where a network's own noise chooses them, each with
    /// noise of its own. `None` where a prediction has no single answers.
    fn new(subject: &Subject, prediction: &Prediction, questions: usize) -> Option<Self> {
        let inside = subject.inside.as_ref()?;
        let mut stream = inside.streams.stream(Purpose::Probe);
        let asked = subject.held_out_dataset.inputs.slice(s![..questions, ..]).to_owned();
        if let Some(first) = (inside.answers)(&asked, &mut stream) {
            let mut answers: Vec<Vec<Answer>> = vec![Vec::with_capacity(DRAWS); questions];
            let mut next = first;
            for draw in 1..=DRAWS {
                for (row, answers) in answers.iter_mut().enumerate() {
                    interrupt::check();
                    answers.push(next.draw(row, &mut stream)?);
                }
                if draw < DRAWS {
                    next = (inside.answers)(&asked, &mut stream)?;
                }
            }
            return Some(Self { answers, best: None });
        }
        let mut to = |row| {
            interrupt::check();
            (0..DRAWS).map(|_| prediction.draw(row, &mut stream)).collect::<Option<_>>()
        };
        let answers = (0..questions).map(&mut to).collect::<Option<_>>()?;
        let best = (0..questions).map(|row| prediction.best(row)).collect::<Option<_>>()?;
        Some(Self { answers, best: Some(best) })
    }

    /// Mean over questions of the energy score of the drawn answers, without bias: draws are compared in
    /// pairs that share none. `None` of symbols.
    #[expect(clippy::cast_precision_loss, reason = "draws are few")]
    fn energy_score(&self, targets: &Targets) -> Option<f64> {
        let Targets::Reals(values) = targets else { return None };
        let mut total = 0.0;
        for (answers, truth) in self.answers.iter().zip(values.rows()) {
            let truth: Vec<f64> = truth.iter().map(|y| f64::from(*y)).collect();
            let points: Vec<&[f64]> = answers.iter().filter_map(Answer::point).collect();
            let off: f64 = points.iter().map(|point| distance(point, &truth)).sum();
            let apart: f64 = points.chunks_exact(2).map(|pair| distance(pair[0], pair[1])).sum();
            total += off / DRAWS as f64 - 0.5 * apart / (DRAWS / 2) as f64;
        }
        Some(total / self.answers.len() as f64)
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    libm::sqrt(a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum())
}

/// Valid answers, valid best answers, coverage and entropy.
#[expect(clippy::cast_precision_loss, reason = "draws are few")]
fn judged(
    distribution: &dyn Distribution,
    drawn: &Drawn,
    inputs: &Array2<f32>,
    right: usize,
) -> [Option<f64>; 4] {
    let (mut valid, mut covered) = (0, 0);
    let mut entropies = Vec::new();
    let questions = drawn.answers.len();
    for (answers, question) in drawn.answers.iter().zip(inputs.rows()) {
        let mut counts = vec![0usize; right];
        for which in answers.iter().filter_map(|answer| distribution.which_answer(question, answer)) {
            counts[which] += 1;
        }
        valid += counts.iter().sum::<usize>();
        covered += counts.iter().filter(|count| **count * 4 * right >= DRAWS).count();
        entropies.extend(entropy(&counts));
    }
    let is_right = |(answer, question)| distribution.which_answer(question, answer).is_some();
    let best =
        drawn.best.as_ref().map(|best| best.iter().zip(inputs.rows()).filter(|b| is_right(*b)).count());
    let share = |count: usize, of: usize| Some(count as f64 / of as f64);
    let mean = entropies.iter().map(|bits| bits.0).sum::<f64>() / entropies.len() as f64;
    [
        share(valid, questions * DRAWS),
        best.and_then(|best| share(best, questions)),
        share(covered, questions * right),
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
    fn the_energy_score_is_that_of_enumeration() {
        // answers 0 and 4 in turn, the truth 1: distances 1 and 3, 4 apart in every pair
        let answers = (0..DRAWS).map(|draw| Answer::Point(vec![if draw % 2 == 0 { 0.0 } else { 4.0 }]));
        let drawn = Drawn { answers: vec![answers.collect()], best: None };
        let score = drawn.energy_score(&Targets::Reals(ndarray::array![[1.0f32]]));
        assert!((score.unwrap() - (2.0 - 2.0)).abs() < 1e-12, "{score:?}");
        let one = Drawn { answers: vec![vec![Answer::Point(vec![3.0, 4.0]); DRAWS]], best: None };
        let score = one.energy_score(&Targets::Reals(ndarray::array![[0.0f32, 0.0]]));
        assert!((score.unwrap() - 5.0).abs() < 1e-12, "one answer: its distance");
        assert_eq!(one.energy_score(&Targets::labels(vec![0], 2)), None);
    }

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
