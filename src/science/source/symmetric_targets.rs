//! Symmetric targets: one question, several answers that are equally right (the
//! Go opening, by rotation).

use garde::Validate;
use ndarray::{Array2, ArrayView1};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drawing::LOGARITHM;
use super::{
    Answer, DataShape, Dataset, Distribution, Drawing, Ledger, RandomProcess, TargetShape, Targets,
    normal_density, shuffled,
};
use crate::science::bits::{Bits, Nats};
use crate::science::entropy::log2_factorial;
use crate::science::family::Item;
use crate::science::network::footprint::count;
use crate::science::seed::{Stream, standard_normal};

/// Questions with `answers` equally right answers each, of which a sample shows one,
/// drawn uniformly: `N log2(answers)` bits that no network can foresee.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SymmetricTargets {
    /// Right answers m to each question.
    #[garde(range(min = 1, max = 64))]
    pub answers: usize,
    /// Samples N of one draw.
    #[garde(range(min = 1, max = 10_000_000))]
    pub samples: usize,
    /// What questions and answers are.
    #[serde(default)]
    #[garde(custom(fits))]
    pub form: Form,
}

/// What questions and answers are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Form {
    /// Points of the unit circle: the question is a point at a uniform angle, an answer
    /// the point turned by a multiple of `2 pi / m`, with normal noise of standard
    /// deviation `spread` in both coordinates. Bits count the choice among answers, and
    /// are exact as far as their noise does not mix them.
    Circle {
        /// Standard deviation of an answer around the right point.
        spread: f64,
    },
    /// Symbols: the question is one of `questions`, one-hot, and its answers are m symbols
    /// of an alphabet of `m questions` that is dealt out once and hidden.
    Symbols {
        /// Different questions.
        questions: usize,
    },
}

impl Default for Form {
    fn default() -> Self {
        Self::Circle { spread: 0.05 }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as validation calls it")]
fn fits(form: &Form, (): &()) -> garde::Result {
    match form {
        Form::Circle { spread } if !(1e-4..=0.24).contains(spread) => Err(garde::Error::new(
            "/spread lies outside 0.0001..=0.24: beyond, the mean of all answers would be one of them",
        )),
        Form::Symbols { questions } if !(1..=1024).contains(questions) => {
            Err(garde::Error::new("/questions lies outside 1..=1024"))
        }
        _ => Ok(()),
    }
}

impl Item for SymmetricTargets {
    const SUMMARY: &'static str =
        "one question, m equally right answers by rotation: N log2 m bits that nothing can foresee";

    fn example() -> Self {
        Self { answers: 4, samples: 400, form: Form::Circle { spread: 0.05 } }
    }
}

impl RandomProcess for SymmetricTargets {
    fn shape(&self) -> DataShape {
        let (inputs, targets) = match self.form {
            Form::Circle { .. } => (2, TargetShape::Reals { dimensions: 2 }),
            Form::Symbols { questions } => {
                (questions, TargetShape::Symbols { length: 1, alphabet: (self.answers * questions).max(2) })
            }
        };
        DataShape { samples: self.samples, inputs, targets }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn ledger(&self) -> Ledger {
        let n = self.samples as f64;
        let noise = Bits::of_uniform(self.answers as f64) * n;
        match self.form {
            // the turn is the distribution, not a rule
            Form::Circle { .. } => Ledger::of_noise(noise),
            Form::Symbols { questions } => Ledger {
                structure: Bits::of_uniform(questions as f64) * n,
                noise,
                rule: Some(
                    log2_factorial(self.answers * questions)
                        - log2_factorial(self.answers) * questions as f64,
                ),
            },
        }
    }

    fn redraws(&self) -> bool {
        matches!(self.shape().targets, TargetShape::Symbols { .. })
    }

    fn drawing(&self) -> Drawing {
        let (answers, of) = (count(self.answers), Drawing::of(&self.shape()));
        Drawing { judgment: 2.0 * LOGARITHM * answers, ..of }
    }

    fn distribution(&self, stream: &mut Stream) -> Box<dyn Distribution> {
        match self.form {
            Form::Circle { spread } => Box::new(Circle { source: self.clone(), spread }),
            Form::Symbols { questions } => {
                let dealt = shuffled(self.answers * questions, stream);
                Box::new(Dealt { source: self.clone(), questions, dealt })
            }
        }
    }
}

/// Standard deviations within which an answer is right: e^-8 of the normal distribution in two
/// dimensions lies beyond.
const REACH: f64 = 4.0;

#[derive(Debug)]
struct Circle {
    source: SymmetricTargets,
    spread: f64,
}

impl Circle {
    fn turned(&self, question: ArrayView1<f32>, turn: usize) -> [f64; 2] {
        #[expect(clippy::cast_precision_loss, reason = "few answers")]
        let angle = std::f64::consts::TAU * turn as f64 / self.source.answers as f64;
        let (x, y) = (f64::from(question[0]), f64::from(question[1]));
        let (sine, cosine) = (libm::sin(angle), libm::cos(angle));
        [cosine * x - sine * y, sine * x + cosine * y]
    }
}

impl Distribution for Circle {
    #[expect(clippy::cast_possible_truncation, reason = "data is in f32")]
    fn draw(&self, stream: &mut Stream) -> Dataset {
        let n = self.source.samples;
        let (mut inputs, mut targets) = (Array2::zeros((n, 2)), Array2::zeros((n, 2)));
        for (mut question, mut answer) in inputs.rows_mut().into_iter().zip(targets.rows_mut()) {
            let angle = std::f64::consts::TAU * stream.random::<f64>();
            (question[0], question[1]) = (libm::cos(angle) as f32, libm::sin(angle) as f32);
            let turned = self.turned(question.view(), stream.random_range(0..self.source.answers));
            for (y, mean) in answer.iter_mut().zip(turned) {
                *y = (mean + self.spread * standard_normal(stream)) as f32;
            }
        }
        Dataset { inputs, targets: Targets::Reals(targets) }
    }

    /// The mixture of all right answers: whoever knows the distribution knows these.
    #[expect(clippy::cast_precision_loss, reason = "few answers")]
    fn prior_cross_entropy(&self, data: &Dataset) -> Nats {
        let variance = self.spread * self.spread;
        let samples = data.inputs.rows().into_iter().zip(data.targets.reals().rows());
        let code = |question: ArrayView1<f32>, answer: ArrayView1<f32>| -> f64 {
            let of = |turn: usize| -> f64 {
                let turned = self.turned(question, turn);
                answer.iter().zip(turned).map(|(y, m)| normal_density(f64::from(*y) - m, variance)).sum()
            };
            let codes: Vec<f64> = (0..self.source.answers).map(of).collect();
            let least = codes.iter().copied().fold(f64::INFINITY, f64::min);
            let sum: f64 = codes.iter().map(|code| libm::exp(least - code)).sum();
            least - libm::log(sum / self.source.answers as f64)
        };
        Nats(samples.map(|(question, answer)| code(question, answer)).sum())
    }

    fn bayes_cross_entropy(&self, data: &Dataset) -> Nats {
        self.prior_cross_entropy(data) // there is no rule to know
    }

    fn right_answers(&self) -> Option<usize> {
        Some(self.source.answers)
    }

    /// The nearest one, within reach of all but 1 in 3000 of its noise.
    fn which_answer(&self, question: ArrayView1<f32>, answer: &Answer) -> Option<usize> {
        let Answer::Point(point) = answer else { return None };
        let distance = |turn: usize| -> f64 {
            let right = self.turned(question, turn);
            point.iter().zip(right).map(|(a, b)| (a - b) * (a - b)).sum()
        };
        let nearest = (0..self.source.answers).min_by(|a, b| distance(*a).total_cmp(&distance(*b)))?;
        (distance(nearest) <= REACH * REACH * self.spread * self.spread).then_some(nearest)
    }
}

#[derive(Debug)]
struct Dealt {
    source: SymmetricTargets,
    questions: usize,
    /// Answers of each question in turn.
    dealt: Vec<u32>,
}

impl Distribution for Dealt {
    fn draw(&self, stream: &mut Stream) -> Dataset {
        let (n, m) = (self.source.samples, self.source.answers);
        let mut inputs = Array2::zeros((n, self.questions));
        let labels = inputs.rows_mut().into_iter().map(|mut row| {
            let question = stream.random_range(0..self.questions);
            row[question] = 1.0;
            self.dealt[question * m + stream.random_range(0..m)]
        });
        let labels = labels.collect();
        Dataset { inputs, targets: Targets::labels(labels, (m * self.questions).max(2)) }
    }

    fn redraw(&self, inputs: &Array2<f32>, stream: &mut Stream) -> Option<Targets> {
        let m = self.source.answers;
        let answer = |question: ArrayView1<f32>| {
            let asked = question.iter().position(|x| *x > 0.5)?;
            Some(self.dealt[asked * m + stream.random_range(0..m)])
        };
        let labels: Option<Vec<u32>> = inputs.rows().into_iter().map(answer).collect();
        Some(Targets::labels(labels?, (m * self.questions).max(2)))
    }

    fn has_noisy_rule(&self) -> bool {
        self.source.answers > 1
    }

    #[expect(clippy::cast_precision_loss, reason = "few answers")]
    fn bayes_sample(&self, data: &Dataset, sample: usize, logs: &mut [f64]) {
        let m = self.source.answers;
        let asked = data.inputs.row(sample).iter().position(|x| *x > 0.5);
        logs.fill(f64::NEG_INFINITY);
        for right in &self.dealt[asked.expect("one question is asked") * m..][..m] {
            logs[*right as usize] = -libm::log(m as f64);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn prior_cross_entropy(&self, data: &Dataset) -> Nats {
        Nats(libm::log(self.dealt.len() as f64)) * data.len() as f64
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    fn bayes_cross_entropy(&self, data: &Dataset) -> Nats {
        Nats(libm::log(self.source.answers as f64)) * data.len() as f64
    }

    fn right_answers(&self) -> Option<usize> {
        Some(self.source.answers)
    }

    fn which_answer(&self, question: ArrayView1<f32>, answer: &Answer) -> Option<usize> {
        let (Answer::Symbol(symbol), m) = (answer, self.source.answers) else { return None };
        let asked = question.iter().position(|x| *x > 0.5)?;
        self.dealt[asked * m..][..m].iter().position(|right| right == symbol)
    }
}

#[cfg(test)]
mod tests {
    use super::super::ledger::check;
    use super::*;

    #[test]
    fn draws_follow_the_law() {
        for answers in [1, 2, 4, 8] {
            check::draws(&SymmetricTargets { answers, samples: 2000, form: Form::Symbols { questions: 5 } });
            let circle = SymmetricTargets { answers, samples: 4000, form: Form::Circle { spread: 0.02 } };
            check::draws(&circle);
        }
    }

    #[test]
    fn the_choice_among_answers_is_what_the_ledger_says() {
        // to whoever knows which answer it was, log2 m bits less
        for answers in [2usize, 4, 8] {
            let source = SymmetricTargets { answers, samples: 4000, form: Form::Circle { spread: 0.02 } };
            let distribution = Circle { source: source.clone(), spread: 0.02 };
            let data = distribution.draw(&mut check::stream(0));
            let nearest = |(question, answer): (ArrayView1<f32>, ArrayView1<f32>)| -> f64 {
                let of = |turn| -> f64 {
                    let turned = distribution.turned(question, turn);
                    answer.iter().zip(turned).map(|(y, m)| normal_density(f64::from(*y) - m, 4e-4)).sum()
                };
                (0..answers).map(of).fold(f64::INFINITY, f64::min)
            };
            let pairs = data.inputs.rows().into_iter().zip(data.targets.reals().rows());
            let known: f64 = pairs.map(nearest).sum();
            let choice = Bits::from(distribution.prior_cross_entropy(&data) - Nats(known)).0;
            assert!((choice / source.ledger().noise.0 - 1.0).abs() < 1e-6, "{choice}");
        }
    }

    #[test]
    fn every_question_has_its_own_answers() {
        let source = SymmetricTargets { answers: 3, samples: 3000, form: Form::Symbols { questions: 4 } };
        let data = source.distribution(&mut check::rule_stream()).draw(&mut check::stream(0));
        let mut seen = vec![std::collections::BTreeSet::new(); 4];
        for (row, answer) in data.inputs.rows().into_iter().zip(data.targets.symbols()) {
            seen[row.iter().position(|x| *x == 1.0).unwrap()].insert(*answer);
        }
        assert!(seen.iter().all(|answers| answers.len() == 3));
        assert_eq!(seen.iter().flatten().collect::<std::collections::BTreeSet<_>>().len(), 12);
    }
}
