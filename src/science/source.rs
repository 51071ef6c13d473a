//! Sources: random processes of exactly known entropy, and finite draws of them.
//!
//! Knows nothing of networks or training. Definitions: `docs/math/bits.md`.

pub mod biased_bits;
pub mod codebook;
pub mod gaussian_vectors;
pub mod keyed_facts;
pub mod ledger;
pub mod linear_regression;
pub mod markov_strings;
pub mod no_data;
pub mod noisy_digits;
pub mod random_labels;
pub mod random_strings;
pub mod symmetric_targets;
pub mod teacher_labels;

use ndarray::{Array2, ArrayView1, s};
use rand::RngExt;

use crate::science::bits::Nats;
use crate::science::family::family;
use crate::science::seed::Stream;
pub use ledger::Ledger;

family! { ($)
    /// Where the data comes from, and how many bits it holds.
    Source "sources" with_source {
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

    /// The law of the samples, with any rule behind them drawn from `stream`.
    /// Training, validation and held-out draws of a trial share one law.
    fn law(&self, stream: &mut Stream) -> Box<dyn Law>;
}

/// The law of samples once the rule behind them is fixed.
pub trait Law: std::fmt::Debug {
    /// An independent draw. `inputs` [n, d], `targets` [n, t].
    fn draw(&self, stream: &mut Stream) -> Dataset;

    /// `-ln q0` summed over these targets, q0 the law without knowledge of the
    /// draw nor of a rule behind it.
    fn prior_cross_entropy(&self, data: &Dataset) -> Nats;

    /// `-ln q` summed over these targets, q the best predictor that knows the
    /// rule behind the data but not the draw.
    fn bayes_cross_entropy(&self, data: &Dataset) -> Nats;

    /// `-ln p` of each sample of a law without inputs, to whoever knows the rule: infinite of
    /// what it never draws, of reals a density.
    fn code_lengths(&self, data: &Dataset) -> Vec<Nats> {
        let one = |row| Dataset { inputs: Array2::zeros((1, 0)), targets: data.targets.rows(row..row + 1) };
        (0..data.len()).map(|row| self.bayes_cross_entropy(&one(row))).collect()
    }

    /// Different samples that it draws, where each is as likely as any other; `None` too
    /// where there are 2^64 or more.
    fn equally_likely(&self) -> Option<u64> {
        None
    }

    /// Fresh targets at the same inputs [n, d], where the law has inputs that can be
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

/// One answer of a network.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A symbol.
    Symbol(u32),
    /// Real numbers.
    Point(Vec<f64>),
}

/// Shape of a dataset, known without drawing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataShape {
    /// Samples n of one draw.
    pub samples: usize,
    /// Inputs d of each sample.
    pub inputs: usize,
    /// What is to be predicted of each sample.
    pub targets: TargetShape,
}

/// What is to be predicted of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetShape {
    /// `length` symbols of an alphabet; a class label is one symbol.
    Symbols {
        /// Symbols a sample.
        length: usize,
        /// How many different ones there are.
        alphabet: usize,
    },
    /// Real numbers.
    Reals {
        /// Numbers a sample.
        dimensions: usize,
    },
}

/// One finite draw of a source.
///
/// Sources of bare vectors or strings have no inputs (d = 0): there the sample
/// itself is what a generative network must predict.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Inputs [n, d].
    pub inputs: Array2<f32>,
    /// Targets, one row a sample.
    pub targets: Targets,
}

/// The targets of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// Symbols [n, length], each below `alphabet`.
    Symbols {
        /// Symbols [n, length].
        symbols: Array2<u32>,
        /// How many different ones there are.
        alphabet: usize,
    },
    /// Real numbers [n, dimensions].
    Reals(Array2<f32>),
}

impl Dataset {
    /// Samples n.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inputs.nrows()
    }

    /// Whether the draw holds no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Targets {
    /// Class labels [n]: strings of one symbol.
    #[must_use]
    pub fn labels(labels: Vec<u32>, classes: usize) -> Self {
        let symbols = Array2::from_shape_vec((labels.len(), 1), labels).expect("one column");
        Self::Symbols { symbols, alphabet: classes }
    }

    /// Shape of each row.
    #[must_use]
    pub fn shape(&self) -> TargetShape {
        match self {
            Self::Symbols { symbols, alphabet } => {
                TargetShape::Symbols { length: symbols.ncols(), alphabet: *alphabet }
            }
            Self::Reals(values) => TargetShape::Reals { dimensions: values.ncols() },
        }
    }

    /// The symbols [n, length].
    ///
    /// # Panics
    /// Of real numbers: a law reads draws of its own sort.
    #[must_use]
    pub fn symbols(&self) -> &Array2<u32> {
        match self {
            Self::Symbols { symbols, .. } => symbols,
            Self::Reals(_) => unreachable!("laws of symbols draw symbols"),
        }
    }

    /// The numbers [n, dimensions].
    ///
    /// # Panics
    /// Of symbols.
    #[must_use]
    pub fn reals(&self) -> &Array2<f32> {
        match self {
            Self::Reals(values) => values,
            Self::Symbols { .. } => unreachable!("laws of reals draw reals"),
        }
    }

    /// The targets of some samples.
    #[must_use]
    pub fn rows(&self, samples: std::ops::Range<usize>) -> Self {
        match self {
            Self::Symbols { symbols, alphabet } => {
                Self::Symbols { symbols: symbols.slice(s![samples, ..]).to_owned(), alphabet: *alphabet }
            }
            Self::Reals(values) => Self::Reals(values.slice(s![samples, ..]).to_owned()),
        }
    }

    /// The targets as numbers that a network can read, [n, e]: reals as they
    /// are, symbols of an alphabet of two as -1 and +1, others one-hot.
    #[must_use]
    pub fn encoded(&self) -> Array2<f32> {
        match self {
            Self::Reals(values) => values.clone(),
            Self::Symbols { symbols, alphabet: 2 } => {
                symbols.mapv(|symbol| if symbol == 1 { 1.0 } else { -1.0 })
            }
            Self::Symbols { symbols, alphabet } => {
                let mut encoded = Array2::zeros((symbols.nrows(), symbols.ncols() * alphabet));
                for ((i, j), &symbol) in symbols.indexed_iter() {
                    encoded[[i, j * alphabet + symbol as usize]] = 1.0;
                }
                encoded
            }
        }
    }
}

impl TargetShape {
    /// Targets of samples that hold nothing.
    pub const NOTHING: Self = Self::Reals { dimensions: 0 };

    /// Columns of [`Targets::encoded`].
    #[must_use]
    pub fn encoded_width(self) -> usize {
        match self {
            Self::Reals { dimensions } => dimensions,
            Self::Symbols { length, alphabet: 2 } => length,
            Self::Symbols { length, alphabet } => length.saturating_mul(alphabet),
        }
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
        with_source!(self, item => item)
    }
}
