//! Cells: how a recurrent state moves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::science::kernel::cells::{
    Backward, Forward, gru_backward, gru_forward, lstm_backward, lstm_forward, relu_backward, relu_forward,
    tanh_backward, tanh_forward,
};
use crate::science::kernel::isa::Isa;
use crate::science::kernel::real::Real;

/// How a recurrent state moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// `h' = tanh(x W + b + h U)` (Elman 1990).
    #[default]
    Tanh,
    /// `h' = max(0, x W + b + h U)`.
    Relu,
    /// Gates r, z and candidate n: `n = tanh(x W + b + r (h U))`, `h' = (1 - z) n + z h`
    /// (Cho et al. 2014, the reset after the product).
    Gru,
    /// Gates i, f, g, o: `c' = f c + i g`, `h' = o tanh c'` (Hochreiter & Schmidhuber
    /// 1997; Gers et al. 2000).
    Lstm,
}

impl Cell {
    /// Gates g of each unit.
    #[must_use]
    pub fn gates(self) -> usize {
        match self {
            Self::Tanh | Self::Relu => 1,
            Self::Gru => 3,
            Self::Lstm => 4,
        }
    }

    pub(super) fn forward<R: Real>(self, isa: Isa, row: Forward<R>) {
        match self {
            Self::Tanh => tanh_forward(isa, row),
            Self::Relu => relu_forward(isa, row),
            Self::Gru => gru_forward(isa, row),
            Self::Lstm => lstm_forward(isa, row),
        }
    }

    pub(super) fn backward<R: Real>(self, isa: Isa, row: Backward<R>) {
        match self {
            Self::Tanh => tanh_backward(isa, row),
            Self::Relu => relu_backward(isa, row),
            Self::Gru => gru_backward(isa, row),
            Self::Lstm => lstm_backward(isa, row),
        }
    }
}
