//! Cells: one step of a recurrent state, forward and backward, row by row.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

/// What one row of one step reads and writes; u units, g gates.
pub(super) struct Forward<'a, R> {
    /// `x W`, b and `h U` [g u].
    pub input: &'a [R],
    pub bias: &'a [R],
    pub recurrent: &'a [R],
    /// State before [u], and the cell's memory before [u] where there is one.
    pub state: &'a [R],
    pub memory: &'a [R],
    /// Activated gates [g u].
    pub gates: &'a mut [R],
    /// The candidate's `h U` [u] for a GRU, the memory after [u] for an LSTM.
    pub kept: &'a mut [R],
    /// State after [u].
    pub next: &'a mut [R],
}

/// The same, backward.
pub(super) struct Backward<'a, R> {
    pub gates: &'a [R],
    pub state: &'a [R],
    pub memory: &'a [R],
    pub kept: &'a [R],
    pub next: &'a [R],
    /// Gradient in the state after [u].
    pub gradient: &'a [R],
    /// Gradient in the memory after [u], replaced by that in the memory before.
    pub memory_gradient: &'a mut [R],
    /// Gradients in `x W + b` and in `h U` [g u].
    pub input: &'a mut [R],
    pub recurrent: &'a mut [R],
    /// Gradient in the state before that does not pass `h U` [u].
    pub direct: &'a mut [R],
}

fn sigmoid<R: Real>(x: R) -> R {
    R::ONE / (R::ONE + (-x).exp())
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

    pub(super) fn forward<R: Real>(self, row: Forward<R>) {
        let u = row.next.len();
        let sum = |i: usize| row.input[i] + row.bias[i] + row.recurrent[i];
        for j in 0..u {
            match self {
                Self::Tanh => row.next[j] = sum(j).tanh(),
                Self::Relu => {
                    let z = sum(j);
                    row.next[j] = if z > R::ZERO { z } else { R::ZERO };
                }
                Self::Gru => {
                    let (reset, keep) = (sigmoid(sum(j)), sigmoid(sum(u + j)));
                    let inner = row.recurrent[2 * u + j];
                    let candidate = reset.mul_add(inner, row.input[2 * u + j] + row.bias[2 * u + j]).tanh();
                    (row.gates[j], row.gates[u + j], row.gates[2 * u + j]) = (reset, keep, candidate);
                    row.kept[j] = inner;
                    row.next[j] = keep.mul_add(row.state[j] - candidate, candidate);
                }
                Self::Lstm => {
                    let (write, forget) = (sigmoid(sum(j)), sigmoid(sum(u + j)));
                    let (value, read) = (sum(2 * u + j).tanh(), sigmoid(sum(3 * u + j)));
                    row.gates[j] = write;
                    row.gates[u + j] = forget;
                    row.gates[2 * u + j] = value;
                    row.gates[3 * u + j] = read;
                    row.kept[j] = forget.mul_add(row.memory[j], write * value);
                    row.next[j] = read * row.kept[j].tanh();
                }
            }
        }
    }

    pub(super) fn backward<R: Real>(self, row: Backward<R>) {
        let u = row.next.len();
        let slope = |s: R| s * (R::ONE - s);
        for j in 0..u {
            let dh = row.gradient[j];
            row.direct[j] = R::ZERO;
            match self {
                Self::Tanh => row.input[j] = dh * (R::ONE - row.next[j] * row.next[j]),
                Self::Relu => row.input[j] = if row.next[j] > R::ZERO { dh } else { R::ZERO },
                Self::Gru => {
                    let (reset, keep, candidate) = (row.gates[j], row.gates[u + j], row.gates[2 * u + j]);
                    let dn = dh * (R::ONE - keep) * (R::ONE - candidate * candidate);
                    row.input[j] = dn * row.kept[j] * slope(reset);
                    row.input[u + j] = dh * (row.state[j] - candidate) * slope(keep);
                    row.input[2 * u + j] = dn;
                    row.recurrent[2 * u + j] = dn * reset;
                    row.direct[j] = dh * keep;
                }
                Self::Lstm => {
                    let (write, forget) = (row.gates[j], row.gates[u + j]);
                    let (value, read) = (row.gates[2 * u + j], row.gates[3 * u + j]);
                    let memory = row.kept[j].tanh();
                    let dc = row.memory_gradient[j] + dh * read * (R::ONE - memory * memory);
                    row.input[j] = dc * value * slope(write);
                    row.input[u + j] = dc * row.memory[j] * slope(forget);
                    row.input[2 * u + j] = dc * write * (R::ONE - value * value);
                    row.input[3 * u + j] = dh * memory * slope(read);
                    row.memory_gradient[j] = dc * forget;
                }
            }
        }
        // all gates but the GRU's candidate see the two products as one sum
        let shared = if self == Self::Gru { 2 * u } else { row.input.len() };
        row.recurrent[..shared].copy_from_slice(&row.input[..shared]);
    }
}
