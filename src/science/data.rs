//! Data: samples of inputs and targets, and their shapes. Knows nothing of where
//! they come from.

use ndarray::{Array2, s};

/// One answer to a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A symbol.
    Symbol(u32),
    /// Real numbers.
    Point(Vec<f64>),
}

impl Answer {
    /// The numbers, if it is a point.
    #[must_use]
    pub fn point(&self) -> Option<&[f64]> {
        match self {
            Self::Point(numbers) => Some(numbers),
            Self::Symbol(_) => None,
        }
    }
}

/// Shape of a dataset, known before it is drawn.
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
    /// Of real numbers: a distribution reads draws of its own sort.
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

    /// Symbols or numbers of a sample.
    #[must_use]
    pub fn width(self) -> usize {
        match self {
            Self::Reals { dimensions } => dimensions,
            Self::Symbols { length, .. } => length,
        }
    }

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
