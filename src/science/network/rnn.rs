//! The recurrent network: reads a string symbol by symbol and predicts the next.

mod backward;
mod cell;
mod model;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::footprint::{Footprint, Usage, Work, count, lanes};
use super::head::head_footprint;
use super::strings::{strings_footprint, strings_incompatibility};
use super::{Architecture, Size};
use crate::science::data::{DataShape, TargetShape};
use crate::science::family::Item;
use crate::science::injection::Site;
use crate::science::network::head::head_width;
pub use cell::Cell;

/// One recurrent layer from each symbol to the law of the next, from a start
/// symbol on: an exact likelihood of whole strings. Gradients go back through
/// all steps. For the code of symbols x, W [alphabet + 1, g u], U [u, g u]:
/// g gates of u units each see `x W + b` and `h U`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Rnn {
    /// Units u of the hidden state.
    #[garde(range(min = 1, max = 4096))]
    pub units: usize,
    /// How the state moves.
    #[serde(default)]
    #[garde(skip)]
    pub cell: Cell,
}

impl Item for Rnn {
    const SUMMARY: &'static str =
        "a recurrent layer (tanh, ReLU, GRU or LSTM) that predicts strings symbol by symbol";

    fn example() -> Self {
        Self { units: 16, cell: Cell::Gru }
    }
}

/// Plain operations that calling a cell for one symbol takes.
const CELL: f64 = 60.0;

impl Architecture for Rnn {
    fn incompatibility(&self, data: &DataShape) -> Option<String> {
        strings_incompatibility(data)
    }

    fn size(&self, data: &DataShape) -> Size {
        let TargetShape::Symbols { length, alphabet } = data.targets else {
            return Size { parameters: 0, multiply_adds: 0, activations: 0 };
        };
        let (steps, units, gates) = (length as u64, self.units as u64, self.cell.gates() as u64);
        let outputs = head_width(None, TargetShape::Symbols { length: 1, alphabet }) as u64;
        let (sums, read) = (gates * units, (alphabet as u64 + 1).saturating_mul(gates * units));
        let parameters = read.saturating_add((units + 1) * sums).saturating_add((units + 1) * outputs);
        Size {
            parameters,
            multiply_adds: steps.saturating_mul(units * (sums + outputs)),
            activations: steps.saturating_mul(3 * sums + 4 * units + 2 * outputs),
        }
    }

    fn footprint(&self, data: &DataShape, usage: Usage) -> Footprint {
        let TargetShape::Symbols { length, alphabet } = data.targets else { return Footprint::default() };
        let symbol = TargetShape::Symbols { length: 1, alphabet };
        let sums = self.cell.gates() * self.units;
        let (u, g, k) = (count(self.units), count(sums), count(head_width(None, symbol)));
        let (ld_u, ld_g, ld_k) = (lanes(self.units), lanes(sums), lanes(head_width(None, symbol)));
        let disturbed = if usage.disturbs_hidden { 2.0 * ld_u } else { 0.0 };
        let weights = u * (ld_g + ld_k) + (g + k) * ld_u + u * ld_g.max(ld_k);
        let row = Footprint {
            forward: 2.0 * ld_u + ld_g + u + ld_k,
            backward: ld_k + ld_u + 2.0 * ld_g + disturbed,
            ahead: Work { products: u * (ld_g + ld_k), elements: 25.0 * g + 6.0 * ld_u + CELL },
            back: Work {
                products: 2.0 * (u * ld_k + g * ld_u),
                elements: 12.0 * g + 6.0 * ld_u + 6.0 * disturbed + CELL,
            },
            ..Footprint::default()
        };
        let step = Footprint { forward: ld_g, backward: ld_u + u, ..Footprint::default() };
        let whole = Footprint {
            parameters: (count(alphabet) + 1.0) * g + (u + 1.0) * g + (u + 1.0) * k,
            weights,
            packing: weights,
            ..strings_footprint(length)
        };
        row.and(head_footprint(None, symbol, usage)).rows(count(length)).and(step).and(whole)
    }

    fn widest_hidden(&self) -> usize {
        self.units
    }

    fn first_hidden(&self) -> usize {
        self.units * self.cell.gates()
    }

    fn samples(&self) -> bool {
        true
    }

    fn has(&self, site: Site) -> bool {
        site == Site::Hidden
    }
}
