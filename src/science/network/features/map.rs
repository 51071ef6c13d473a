//! Feature maps: functions of the inputs that training never changes.

pub mod parity;
pub mod pca;
pub mod polynomial;
pub mod random_fourier;
pub mod random_relu;

use ndarray::{Array2, Axis};

use crate::science::family::family;
use crate::science::network::footprint::Footprint;
use crate::science::seed::Stream;

family! {
    /// A function of the inputs that training never changes.
    FeatureMap "feature_maps" as Map {
        RandomFourier(random_fourier::RandomFourier),
        RandomRelu(random_relu::RandomRelu),
        Polynomial(polynomial::Polynomial),
        Parity(parity::Parity),
        Pca(pca::Pca),
    }
}

/// A map before it has seen data or drawn its weights.
pub trait Map {
    /// Features of samples with so many inputs; `None` when they cannot be counted.
    fn width(&self, inputs: usize) -> Option<usize>;

    /// Fixes the map for such inputs [n, d]. Only maps that say so look at them.
    fn fit(&self, inputs: &Array2<f32>, stream: &mut Stream) -> Fitted;

    /// What it holds and computes beside its features.
    fn footprint(&self, inputs: usize) -> Footprint;
}

/// Rows that are mapped together: sums in twice the precision are held of no more.
const ROWS: usize = 512;

/// A map with all its numbers fixed.
pub struct Fitted(Box<dyn Fn(&Array2<f32>) -> Array2<f32> + Send>);

impl Fitted {
    /// Wraps a function from inputs [n, d] to features [n, f].
    pub fn new(function: impl Fn(&Array2<f32>) -> Array2<f32> + Send + 'static) -> Self {
        Self(Box::new(function))
    }

    /// Features [n, f] of inputs [n, d].
    #[must_use]
    pub fn apply(&self, inputs: &Array2<f32>) -> Array2<f32> {
        let mut blocks = inputs.axis_chunks_iter(Axis(0), ROWS).map(|rows| (self.0)(&rows.to_owned()));
        let Some(first) = blocks.next() else { return (self.0)(inputs) };
        let mut features = Array2::zeros((inputs.nrows(), first.ncols()));
        let mut rest = features.axis_chunks_iter_mut(Axis(0), ROWS);
        for (mut rows, block) in rest.by_ref().zip(std::iter::once(first).chain(blocks)) {
            rows.assign(&block);
        }
        features
    }
}

impl std::fmt::Debug for Fitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fitted")
    }
}

/// Inputs times a matrix, `sum_i x[n, i] w[i, f]`, in f64 and in order: the same
/// bits on every machine, which a library's product does not promise.
#[must_use]
pub(super) fn project(inputs: &Array2<f32>, weights: &Array2<f64>) -> Array2<f64> {
    let mut sums = Array2::zeros((inputs.nrows(), weights.ncols()));
    for (x, mut row) in inputs.rows().into_iter().zip(sums.rows_mut()) {
        for (x, w) in x.iter().zip(weights.rows()) {
            row.iter_mut().zip(w).for_each(|(sum, w)| *sum += f64::from(*x) * w);
        }
    }
    sums
}
