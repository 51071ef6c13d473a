//! Injection sites: where in a network noise and rules from outside enter. What a
//! regularizer may ask of a network, and all that a network knows of regularizers.

use crate::science::bits::Bits;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::normal::fill_normal;
use crate::science::kernel::real::Real;
use crate::science::seed::Stream;

/// A place in a network where noise enters, or a rule of the spec does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// Input numbers.
    Inputs,
    /// Activations of hidden layers.
    Hidden,
    /// Residual branches.
    Branches,
    /// A latent code.
    Latent,
    /// A latent code with a rate in bits.
    Rate,
    /// Weights and activations of dense layers, made binary.
    Binary,
}

impl std::fmt::Display for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Inputs => "inputs",
            Self::Hidden => "hidden activations",
            Self::Branches => "residual branches",
            Self::Latent => "a latent code",
            Self::Rate => "a latent code with a rate",
            Self::Binary => "dense layers",
        })
    }
}

/// What regularizers do inside a forward pass. Every method says whether it did
/// anything, so that what does nothing costs nothing.
pub trait Noise<R> {
    /// Whether it never acts on hidden layers, so that buffers can be spared.
    fn is_silent(&self) -> bool {
        true
    }

    /// Fills `factors` [n, units] of a hidden layer, row-major, by which its
    /// activations are multiplied.
    fn hidden(&mut self, _layer: usize, _factors: &mut [R]) -> bool {
        false
    }

    /// Adds to the inputs of a pass [n, d].
    fn inputs(&mut self, _inputs: &mut [R]) -> bool {
        false
    }

    /// Fills `factors` [n] by which residual branch `branch` of `of` is multiplied.
    fn branch(&mut self, _branch: usize, _of: usize, _factors: &mut [R]) -> bool {
        false
    }

    /// Adds to a latent code [n, k].
    fn latent(&mut self, _code: &mut [R]) -> bool {
        false
    }

    /// Standard normal numbers for noise that belongs to the network itself.
    fn normal(&mut self, out: &mut [R]);
}

impl<R, N: Noise<R> + ?Sized> Noise<R> for &mut N {
    fn is_silent(&self) -> bool {
        (**self).is_silent()
    }

    fn hidden(&mut self, layer: usize, factors: &mut [R]) -> bool {
        (**self).hidden(layer, factors)
    }

    fn inputs(&mut self, inputs: &mut [R]) -> bool {
        (**self).inputs(inputs)
    }

    fn branch(&mut self, branch: usize, of: usize, factors: &mut [R]) -> bool {
        (**self).branch(branch, of, factors)
    }

    fn latent(&mut self, code: &mut [R]) -> bool {
        (**self).latent(code)
    }

    fn normal(&mut self, out: &mut [R]) {
        (**self).normal(out);
    }
}

/// No noise at all, for networks without noise of their own.
#[derive(Debug, Clone, Copy)]
pub struct Silence;

impl<R: Real> Noise<R> for Silence {
    fn normal(&mut self, out: &mut [R]) {
        out.fill(R::ZERO);
    }
}

/// The network's own noise alone, without any regularizer's.
#[derive(Debug)]
pub struct OwnNoise<'a> {
    /// Where it comes from.
    pub stream: &'a mut Stream,
}

impl Noise<f32> for OwnNoise<'_> {
    fn normal(&mut self, out: &mut [f32]) {
        fill_normal(Isa::detect(), self.stream, out);
    }
}

/// What a variational code may cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RateRule {
    /// The rate is weighted by a fixed multiplier in the loss.
    Weighted(f64),
    /// A multiplier is adapted so that the mean rate becomes this.
    Target(Bits),
}

/// Which numbers of dense layers are replaced by their signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Binary {
    /// Weights, scaled by their mean magnitude.
    pub weights: bool,
    /// Hidden activations.
    pub activations: bool,
}
