//! What a layer of a trained network holds of a draw, before any noise of training.
//! Knows nothing of what is made of it.

use ndarray::Array2;

use crate::science::injection::Site;

/// Activations of one layer on every sample of a draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Which noise acts on it.
    pub site: Site,
    /// Its number among the hidden layers, from the inputs on.
    pub number: usize,
    /// Which residual branch of how many it is, if it is one.
    pub branch: Option<(usize, usize)>,
    /// Activations [n, units].
    pub values: Array2<f32>,
    /// Logarithms of the variances of normal noise that is the network's own [n, units].
    pub log_variances: Option<Array2<f32>>,
    /// Whether its units have two values.
    pub is_binary: bool,
}
