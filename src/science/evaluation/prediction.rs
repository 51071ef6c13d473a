//! What a trained network says of a draw.

use std::ops::Range;

use ndarray::{Array2, s};

use crate::science::data::Targets;

/// A conditional distribution of every target, in the network's own terms.
#[derive(Debug, Clone, PartialEq)]
pub enum Prediction {
    /// Logits [n t, k] of each symbol in order, exact: one column for an alphabet
    /// of two (symbol 1 against symbol 0), else one a symbol.
    Logits(Array2<f32>),
    /// Independent normal densities: means and log standard deviations [n, d].
    Gaussian {
        /// Means [n, d].
        mean: Array2<f32>,
        /// Logarithms of standard deviations [n, d]; `None` where the network states the
        /// mean alone, and 1 is the unit of its code.
        log_sd: Option<Array2<f32>>,
    },
    /// Mixtures of m isotropic normal densities.
    Mixture {
        /// Logarithms of weights, up to a constant a row [n, m].
        log_weights: Array2<f32>,
        /// Means, component by component [n, m d].
        means: Array2<f32>,
        /// Logarithms of standard deviations [n, m].
        log_sds: Array2<f32>,
    },
    /// Code lengths of whole samples that no temperature can change.
    CodeLengths(CodeLengths),
    /// A proper score of each sample [n] in place of a code length, where answers are drawn and nothing
    /// states how probable they are: the smaller the better, in no unit of information.
    Scores(Vec<f64>),
    /// Where walkers on a landscape are: no distribution of any data.
    Walk(Walk),
}

/// What a network states of its targets, known before it is trained; see [`Prediction`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Logits of symbols.
    Logits,
    /// Normal densities.
    Normal,
    /// Mixtures of normal densities.
    Mixture,
    /// Code lengths that no temperature changes.
    CodeLengths,
    /// No data: walkers on a landscape.
    Walk,
}

/// Where walkers on a landscape are, and when they escaped.
#[derive(Debug, Clone, PartialEq)]
pub struct Walk {
    /// Site of each walker.
    pub places: Vec<f32>,
    /// Curvature of a quadratic.
    pub curvature: Option<f64>,
    /// Of each walker in a double well the steps after which it had escaped, if it had.
    pub escapes: Option<Vec<Option<u64>>>,
    /// Steps that were watched.
    pub steps: u64,
}

/// Code lengths of whole samples: at least as long as the network's exact ones
/// (a variational bound), so that bits kept read from them are a lower bound.
#[derive(Debug, Clone, PartialEq)]
pub struct CodeLengths {
    /// `-ln q(x)` or more, [n] nats.
    pub nats: Vec<f64>,
    /// Rate of the latent code, KL(q(z|x) || p(z)), [n] nats.
    pub rate: Vec<f64>,
    /// Mean code length of the sample given its code, [n] nats.
    pub distortion: Vec<f64>,
}

impl From<Array2<f32>> for Prediction {
    fn from(logits: Array2<f32>) -> Self {
        Self::Logits(logits)
    }
}

impl Prediction {
    /// What it says of some of its `n` samples; nothing is left out of a walk.
    #[must_use]
    pub fn rows(&self, samples: Range<usize>, n: usize) -> Self {
        let cut = |all: &Array2<f32>| {
            let each = all.nrows() / n; // predicted symbols of one sample
            all.slice(s![samples.start * each..samples.end * each, ..]).to_owned()
        };
        let part = |all: &[f64]| all[samples.clone()].to_vec();
        match self {
            Self::Logits(logits) => Self::Logits(cut(logits)),
            Self::Gaussian { mean, log_sd } => {
                Self::Gaussian { mean: cut(mean), log_sd: log_sd.as_ref().map(cut) }
            }
            Self::Mixture { log_weights, means, log_sds } => {
                Self::Mixture { log_weights: cut(log_weights), means: cut(means), log_sds: cut(log_sds) }
            }
            Self::CodeLengths(CodeLengths { nats, rate, distortion }) => Self::CodeLengths(CodeLengths {
                nats: part(nats),
                rate: part(rate),
                distortion: part(distortion),
            }),
            Self::Scores(scores) => Self::Scores(part(scores)),
            Self::Walk(walk) => Self::Walk(walk.clone()),
        }
    }

    pub(super) fn assert_fits(&self, targets: &Targets) {
        let fits = match (self, targets) {
            (Self::Logits(logits), Targets::Symbols { symbols, alphabet }) => {
                logits.nrows() == symbols.len()
                    && (logits.ncols() == *alphabet || (*alphabet == 2 && logits.ncols() == 1))
            }
            (Self::Gaussian { mean, log_sd }, Targets::Reals(values)) => {
                mean.dim() == values.dim()
                    && log_sd.as_ref().is_none_or(|log_sd| log_sd.dim() == values.dim())
            }
            (Self::Mixture { log_weights, means, log_sds }, Targets::Reals(values)) => {
                log_weights.dim() == log_sds.dim()
                    && means.ncols() == log_sds.ncols() * values.ncols()
                    && means.nrows() == values.nrows()
                    && log_sds.nrows() == values.nrows()
            }
            (Self::CodeLengths(lengths), Targets::Symbols { symbols, .. }) => {
                lengths.nats.len() == symbols.nrows()
            }
            (Self::CodeLengths(lengths), Targets::Reals(values)) => lengths.nats.len() == values.nrows(),
            (Self::Scores(scores), Targets::Reals(values)) => scores.len() == values.nrows(),
            (Self::Walk(_), Targets::Reals(values)) => values.ncols() == 0,
            _ => false,
        };
        assert!(fits, "a prediction of other shape than its targets");
    }
}
