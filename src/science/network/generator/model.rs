//! The running form of a generator, forward and backward.

use ndarray::Array2;

use super::{Generator, Score};
use crate::science::data::Dataset;
use crate::science::evaluation::Prediction;
use crate::science::injection::{Noise, Silence};
use crate::science::kernel::isa::Isa;
use crate::science::kernel::normal::fill_normal;
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;
use crate::science::layout::Layout;
use crate::science::network::build::{Build, Plan};
use crate::science::network::dense::activation::Activation;
use crate::science::network::dense::rows::pass_rows;
use crate::science::network::dense::stack::Stack;
use crate::science::network::model::{Batch, Model};
use crate::science::seed::{Purpose, Stream};

/// A stack that reads d inputs and z numbers of noise; each sample of a batch has m adjacent rows.
#[derive(Debug)]
pub struct GeneratorModel<R> {
    isa: Isa,
    layout: Layout,
    stack: Stack<R>,
    score: Score,
    inputs: usize,
    noise: usize,
    draws: usize,
    /// Inputs [n, d] and targets [n, k] of the training draw.
    questions: Vec<R>,
    truths: Vec<R>,
    /// What the stack reads in one pass [rows, ld], and its noise [rows, z].
    rows: Vec<R>,
    normal: Vec<R>,
    /// Noise of evaluations, before it becomes a number of type R.
    bare: Vec<f32>,
    evaluation: Stream,
}

impl Build for Generator {
    type Model<R: Real> = GeneratorModel<R>;

    fn build<R: Real>(&self, plan: &Plan) -> GeneratorModel<R> {
        let (d, targets) = (plan.dataset.inputs.ncols(), plan.dataset.targets.reals());
        let capacity = pass_rows(plan.batch, plan.dataset.len()) * self.draws;
        let mut layout = Layout::default();
        let hidden = self.hidden.iter().map(|&units| (units, self.activation.into()));
        let units: Vec<_> = hidden.chain([(targets.ncols(), Activation::Identity)]).collect();
        let stack = Stack::new(plan.isa, &mut layout, 0, d + self.noise, &units, true, capacity);
        let numbers = |all: &Array2<f32>| all.iter().map(|x| R::from_f64(f64::from(*x))).collect();
        GeneratorModel {
            isa: plan.isa,
            layout,
            stack,
            score: self.score,
            inputs: d,
            noise: self.noise,
            draws: self.draws,
            questions: numbers(&plan.dataset.inputs),
            truths: numbers(targets),
            rows: vec![R::ZERO; capacity * padded(d + self.noise)],
            normal: vec![R::ZERO; capacity * self.noise],
            bare: vec![0.0; capacity * self.noise],
            evaluation: plan.streams.stream(Purpose::EvaluationNoise),
        }
    }
}

impl<R: Real> GeneratorModel<R> {
    fn width(&self) -> usize {
        self.stack.width()
    }

    /// Answers to questions in order, `each` with its own noise, in the stack's output.
    fn answer_rows(&mut self, parameters: &[R], questions: &[f32], each: usize, stream: &mut Stream) {
        let (d, z, ld) = (self.inputs, self.noise, padded(self.inputs + self.noise));
        let count = questions.len() / d * each;
        fill_normal(self.isa, stream, &mut self.bare[..count * z]);
        for (i, row) in self.rows.chunks_exact_mut(ld).take(count).enumerate() {
            let numbers = questions[i / each * d..][..d].iter().chain(&self.bare[i * z..][..z]);
            row.iter_mut().zip(numbers).for_each(|(x, number)| *x = R::from_f64(f64::from(*number)));
        }
        self.stack.forward(parameters, &self.rows, count, &mut Silence, false);
    }
}

impl<R: Real> Model<R> for GeneratorModel<R> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn initialize(&self, stream: &mut Stream, parameters: &mut [R]) {
        self.stack.initialize(stream, parameters);
    }

    #[expect(clippy::cast_precision_loss, reason = "a batch is far below 2^53")]
    fn gradient(
        &mut self,
        parameters: &[R],
        batch: Batch,
        noise: &mut impl Noise<R>,
        gradients: &mut [R],
    ) -> R {
        let (d, z, k, m) = (self.inputs, self.noise, self.width(), self.draws);
        let samples = match batch {
            Batch::All => self.questions.len() / d,
            Batch::Rows(rows) => rows.len(),
        };
        let source = |sample: usize| match batch {
            Batch::All => sample,
            Batch::Rows(rows) => rows[sample] as usize,
        };
        if z > 0 {
            noise.normal(&mut self.normal[..samples * m * z]);
        }
        for (i, row) in self.rows.chunks_exact_mut(padded(d + z)).take(samples * m).enumerate() {
            row[..d].copy_from_slice(&self.questions[source(i / m) * d..][..d]);
            row[d..d + z].copy_from_slice(&self.normal[i * z..][..z]);
        }
        self.stack.forward(parameters, &self.rows, samples * m, noise, false);
        let ld = self.stack.ld();
        let (answers, slopes) = self.stack.output_and_gradient();
        let share = R::from_f64(1.0 / samples as f64);
        let each = answers.chunks_exact(m * ld).zip(slopes.chunks_exact_mut(m * ld)).take(samples);
        let mut total = 0.0;
        for (i, (answers, slopes)) in each.enumerate() {
            let truth = &self.truths[source(i) * k..][..k];
            total += self.score.loss(answers, ld, truth, share, slopes).to_f64();
        }
        self.stack.backward(parameters, &self.rows, samples * m, gradients, None);
        R::from_f64(total / samples as f64)
    }

    /// The score that it was trained by, of fresh answers: an unbiased estimate for each sample. The noise
    /// comes from a stream of its own, the same at every call.
    fn predict(&mut self, parameters: &[R], data: &Dataset) -> Prediction {
        let (m, ld) = (self.draws, self.stack.ld());
        let (mut stream, mut unused) = (self.evaluation.clone(), vec![R::ZERO; m * ld]);
        let mut scores = Vec::with_capacity(data.len());
        let mut truth = vec![R::ZERO; self.width()];
        let together = self.rows.len() / padded(self.inputs + self.noise) / m;
        for start in (0..data.len()).step_by(together) {
            let samples = start..data.len().min(start + together);
            let questions: Vec<f32> =
                samples.clone().flat_map(|sample| data.inputs.row(sample).to_vec()).collect();
            self.answer_rows(parameters, &questions, m, &mut stream);
            for (answers, sample) in self.stack.output().chunks_exact(m * ld).zip(samples) {
                let row = data.targets.reals().row(sample);
                truth.iter_mut().zip(row).for_each(|(y, x)| *y = R::from_f64(f64::from(*x)));
                scores.push(self.score.loss(answers, ld, &truth, R::ZERO, &mut unused).to_f64());
            }
        }
        Prediction::Scores(scores)
    }

    fn answers(
        &mut self,
        parameters: &[R],
        questions: &Array2<f32>,
        stream: &mut Stream,
    ) -> Option<Prediction> {
        let mut mean = Array2::zeros((questions.nrows(), self.width()));
        let together = self.rows.len() / padded(self.inputs + self.noise);
        for start in (0..questions.nrows()).step_by(together) {
            let rows = start..questions.nrows().min(start + together);
            let asked: Vec<f32> = rows.clone().flat_map(|row| questions.row(row).to_vec()).collect();
            self.answer_rows(parameters, &asked, 1, stream);
            self.stack.write_output(rows, &mut mean);
        }
        Some(Prediction::Gaussian { mean, log_sd: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::science::data::{DataShape, TargetShape};
    use crate::science::evaluation::Evaluation;
    use crate::science::family::Item;
    use crate::science::network::Architecture;
    use crate::science::network::gradient_check::{check, dataset, plan, stream};

    const REALS: TargetShape = TargetShape::Reals { dimensions: 3 };

    #[test]
    fn gradients_equal_central_differences_for_every_score() {
        let data = dataset(9, 4, REALS);
        for score in [Score::Energy, Score::SquaredError] {
            for (hidden, noise, draws) in [(vec![6], 2, 3), (vec![17, 3], 5, 2), (vec![5], 0, 2)] {
                check(&Generator { hidden, noise, draws, score, ..Generator::example() }, &data);
            }
        }
    }

    #[test]
    fn parameters_follow_the_formula() {
        // (4 + 4)-32-3 with biases
        let shape = DataShape { samples: 5, inputs: 4, targets: REALS };
        let size = Generator::example().size(&shape);
        assert_eq!((size.parameters, size.multiply_adds), (9 * 32 + 33 * 3, 8 * (8 * 32 + 32 * 3)));
        let data = dataset(5, 4, REALS);
        let model = Generator::example().build::<f32>(&plan(&data));
        assert_eq!(Model::<f32>::layout(&model).trainable() as u64, size.parameters);
    }

    #[test]
    fn scores_of_an_evaluation_are_those_of_its_answers() {
        // without noise all answers are one: the score of each sample is its distance from the truth
        let data = dataset(700, 4, REALS);
        let network = Generator { noise: 0, ..Generator::example() };
        let mut model = network.build::<f32>(&plan(&data));
        let mut parameters = vec![0.0; model.layout().len()];
        model.initialize(&mut stream(1), &mut parameters);
        let answers = model.answers(&parameters, &data.inputs, &mut stream(2));
        let Some(Prediction::Gaussian { mean, log_sd: None }) = answers else { unreachable!() };
        let lengths = Evaluation::new(model.predict(&parameters, &data), &data.targets).code_lengths();
        for ((answer, truth), score) in mean.rows().into_iter().zip(data.targets.reals().rows()).zip(&lengths)
        {
            let square: f64 = answer.iter().zip(truth).map(|(a, y)| f64::from(a - y).powi(2)).sum();
            assert!((square.sqrt() - score.0).abs() < 1e-5, "{square} {score:?}");
        }
    }

    #[test]
    fn one_question_has_many_answers_and_equal_streams_give_equal_ones() {
        let data = dataset(40, 4, REALS);
        let mut model = Generator::example().build::<f32>(&plan(&data));
        let mut parameters = vec![0.0; model.layout().len()];
        model.initialize(&mut stream(1), &mut parameters);
        let mut same = Array2::zeros((600, 4));
        same.rows_mut().into_iter().for_each(|mut row| row.assign(&data.inputs.row(0)));
        let mut ask = |replicate| model.answers(&parameters, &same, &mut stream(replicate));
        let first = ask(2);
        assert_eq!(first, ask(2));
        let Some(Prediction::Gaussian { mean, .. }) = first else { unreachable!() };
        let first: std::collections::BTreeSet<u32> = mean.column(0).iter().map(|x| x.to_bits()).collect();
        assert_eq!(first.len(), 600, "every answer has noise of its own");
    }
}
