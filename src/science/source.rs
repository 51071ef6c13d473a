//! Sources: random processes of exactly known entropy, and finite draws of them.
//!
//! Knows nothing of networks or training. Definitions: `docs/math/bits.md`.

pub mod biased_bits;
pub mod codebook;
pub mod drawing;
pub mod gaussian_vectors;
pub mod keyed_facts;
pub mod ledger;
pub mod linear_regression;
pub mod markov_strings;
pub mod no_data;
pub mod noisy_digits;
mod parity;
pub mod random_labels;
pub mod random_strings;
pub mod symmetric_targets;
pub mod teacher_labels;

use ndarray::{Array2, ArrayView1};
use rand::RngExt;

use crate::science::bits::{Bits, Nats};
pub use crate::science::data::{Answer, DataShape, Dataset, TargetShape, Targets};
use crate::science::family::family;
use crate::science::seed::Stream;
pub use drawing::Drawing;
pub use ledger::Ledger;

family! {
    /// Where the data comes from, and how many bits it holds.
    Source "sources" as RandomProcess {
        RandomLabels(random_labels::RandomLabels),
        RandomStrings(random_strings::RandomStrings),
        TeacherLabels(teacher_labels::TeacherLabels),
        BiasedBits(biased_bits::BiasedBits),
        MarkovStrings(markov_strings::MarkovStrings),
        Codebook(codebook::Codebook),
        GaussianVectors(gaussian_vectors::GaussianVectors),
        LinearRegression(linear_regression::LinearRegression),
        SymmetricTargets(symmetric_targets::SymmetricTargets),
        NoisyDigits(noisy_digits::NoisyDigits),
        KeyedFacts(keyed_facts::KeyedFacts),
        NoData(no_data::NoData),
    }
}

/// A random process of known entropy.
pub trait RandomProcess: std::fmt::Debug {
    /// Shape of a draw; from it networks are built and work is estimated.
    fn shape(&self) -> DataShape;

    /// The bits that one draw of [`DataShape::samples`] samples holds, in
    /// closed form.
    fn ledger(&self) -> Ledger;

    /// What drawing takes beside the draw.
    fn drawing(&self) -> Drawing {
        Drawing::of(&self.shape())
    }

    /// Whether it gives fresh targets at given inputs; see [`Distribution::redraw`].
    fn redraws(&self) -> bool {
        false
    }

    /// The distribution of the samples, with any rule behind them drawn from `stream`.
    /// Training, validation and held-out draws of a trial share one distribution.
    fn distribution(&self, stream: &mut Stream) -> Box<dyn Distribution>;
}

/// The distribution of samples once the rule behind them is fixed.
pub trait Distribution: std::fmt::Debug {
    /// An independent draw. `inputs` [n, d], `targets` [n, t].
    fn draw(&self, stream: &mut Stream) -> Dataset;

    /// `-ln q0` summed over these targets, q0 the distribution without knowledge of the
    /// draw nor of a rule behind it.
    fn prior_cross_entropy(&self, data: &Dataset) -> Nats;

    /// `-ln q` summed over these targets, q the best predictor that knows the
    /// rule behind the data but not the draw.
    fn bayes_cross_entropy(&self, data: &Dataset) -> Nats;

    /// Symbols at the beginning of a sample that no other sample of a draw has, where a draw is a
    /// set: whoever codes its samples one after another knows that none of those comes again.
    fn distinct(&self) -> Option<usize> {
        None
    }

    /// Whether a rule shared by all samples leaves noise and [`Distribution::bayes_sample`] or
    /// [`Distribution::bayes_normal`] says of single targets what it leaves open.
    fn has_noisy_rule(&self) -> bool {
        false
    }

    /// `ln q(s)` [t, k] of every symbol at each place of a sample, q the best predictor of a
    /// noisy rule, which knows the inputs and the symbols before; minus infinity of what the
    /// rule excludes. Of distributions without such a rule `logs` stays.
    fn bayes_sample(&self, _data: &Dataset, _sample: usize, _logs: &mut [f64]) {}

    /// Mean and variance of each number of a sample to the best predictor of a noisy rule whose
    /// noise is normal.
    fn bayes_normal(&self, _data: &Dataset, _sample: usize) -> Option<(Vec<f64>, f64)> {
        None
    }

    /// `-ln p` of each sample of a distribution without inputs, to whoever knows the rule: infinite of
    /// what it never draws, of reals a density.
    fn code_lengths(&self, data: &Dataset) -> Vec<Nats> {
        let one = |row| Dataset { inputs: Array2::zeros((1, 0)), targets: data.targets.rows(row..row + 1) };
        (0..data.len()).map(|row| self.bayes_cross_entropy(&one(row))).collect()
    }

    /// Least bits of a sample that pass a channel after which it is known to such a mean squared error of
    /// the whole sample: the rate-distortion function, where that is known.
    fn rate_at(&self, _distortion: f64) -> Option<Bits> {
        None
    }

    /// Different samples that it draws, where each is as likely as any other; `None` too
    /// where there are 2^64 or more.
    fn equally_likely(&self) -> Option<u64> {
        None
    }

    /// Fresh targets at the same inputs [n, d], where the distribution has inputs that can be
    /// given.
    fn redraw(&self, _inputs: &Array2<f32>, _stream: &mut Stream) -> Option<Targets> {
        None
    }

    /// How many answers to a question are equally right, where that is known.
    fn right_answers(&self) -> Option<usize> {
        None
    }

    /// Which of the right answers to a question this is, if it is one.
    fn which_answer(&self, _question: ArrayView1<f32>, _answer: &Answer) -> Option<usize> {
        None
    }
}

/// The numbers below `count` in a uniform order (Fisher & Yates).
fn shuffled(count: usize, stream: &mut Stream) -> Vec<u32> {
    let mut order: Vec<u32> = (0..u32::try_from(count).expect("far below 2^32")).collect();
    for i in (1..count).rev() {
        order.swap(i, stream.random_range(0..=i));
    }
    order
}

/// `-ln` of the density of a normal number of mean 0.
fn normal_density(x: f64, variance: f64) -> f64 {
    0.5 * (x * x / variance + libm::log(std::f64::consts::TAU * variance))
}

impl Source {
    /// The random process behind the parameters.
    #[must_use]
    pub fn process(&self) -> &dyn RandomProcess {
        &**self
    }
}
