//! The transformer: reads a string with causal attention and predicts the next
//! symbol.

mod attention;
mod block;
mod model;
mod norm;
mod readout;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::dense::activation::Activation;
use super::dense::footprint::Layers;
use super::footprint::{Footprint, Usage, Work, count, lanes};
use super::head::head_footprint;
use super::strings::{strings_footprint, strings_incompatibility};
use super::{Architecture, Size};
use crate::science::data::{DataShape, TargetShape};
use crate::science::family::Item;
use crate::science::injection::Site;
use crate::science::network::head::head_width;

/// A decoder-only transformer with normalization before each branch (Radford et
/// al. 2019): an exact likelihood of whole strings. `x = E[symbol before] + P[place]`;
/// each layer adds `attention(norm(x))`, then `W2 gelu(W1 norm(x) + b1) + b2`; logits
/// are read from `norm(x)`.
///
/// What can never matter is left out: the first place reads no symbol, attention
/// has no biases (one of the keys would cancel in the softmax). Dropout acts on the
/// hidden units of the feed-forward branches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Transformer {
    /// Numbers w that stand for each symbol.
    #[garde(range(min = 2, max = 4096))]
    pub width: usize,
    /// Layers, each of attention and a feed-forward branch.
    #[serde(default = "one")]
    #[garde(range(min = 1, max = 64))]
    pub layers: usize,
    /// Heads of attention, a divisor of the width.
    #[serde(default = "one")]
    #[garde(range(min = 1, max = 64), custom(divides(self.width)))]
    pub heads: usize,
    /// Hidden units of the feed-forward branch; four times the width unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1, max = 16_384)))]
    pub feed_forward: Option<usize>,
    /// Whether logits are read by the embeddings (Press & Wolf 2017) instead of
    /// weights and biases of their own.
    #[serde(default = "yes")]
    #[garde(skip)]
    pub tied_embeddings: bool,
}

fn one() -> usize {
    1
}

fn yes() -> bool {
    true
}

fn divides(width: usize) -> impl FnOnce(&usize, &()) -> garde::Result {
    move |heads, ()| match width.checked_rem(*heads) {
        Some(0) => Ok(()),
        _ => Err(garde::Error::new(format!("must divide the width, {width}"))),
    }
}

impl Transformer {
    pub(super) fn hidden(&self) -> usize {
        self.feed_forward.unwrap_or(4 * self.width)
    }
}

impl Transformer {
    /// Attention of all heads, in rows of symbols.
    fn attention(&self, length: usize) -> Footprint {
        let (heads, t, ld_t) = (count(self.heads), count(length), lanes(length));
        let head = self.width / self.heads.max(1);
        let (d, ld_d) = (count(head), lanes(head));
        let scores = heads * ld_t;
        Footprint {
            forward: scores + lanes(self.width),
            ahead: Work { products: heads * (d * ld_t + t * ld_d), elements: 10.0 * scores },
            back: Work { products: heads * (d * ld_t + 3.0 * t * ld_d), elements: 6.0 * scores },
            ..Footprint::default()
        }
    }
}

impl Item for Transformer {
    const SUMMARY: &'static str =
        "a decoder-only transformer that predicts strings symbol by symbol (Radford et al. 2019)";

    fn example() -> Self {
        Self { width: 16, layers: 2, heads: 2, feed_forward: Some(64), tied_embeddings: true }
    }
}

impl Architecture for Transformer {
    fn incompatibility(&self, data: &DataShape) -> Option<String> {
        strings_incompatibility(data)
    }

    fn size(&self, data: &DataShape) -> Size {
        let TargetShape::Symbols { length, alphabet } = data.targets else {
            return Size { parameters: 0, multiply_adds: 0, activations: 0 };
        };
        let outputs = head_width(None, TargetShape::Symbols { length: 1, alphabet }) as u64;
        let (length, width, layers) = (length as u64, self.width as u64, self.layers as u64);
        let (hidden, alphabet) = (self.hidden() as u64, alphabet as u64);
        let read = if self.tied_embeddings { 0 } else { (width + 1) * outputs };
        // two norms, four square products, two of the feed-forward branch
        let layer = 4 * width + 4 * width * width + 2 * width * hidden + hidden + width;
        let products = 4 * width * width + 2 * width * hidden;
        let attention = 2 * width * length;
        let heads = self.heads as u64;
        Size {
            parameters: (alphabet + length) * width + layers * layer + 2 * width + read,
            multiply_adds: length.saturating_mul(layers * (products + attention) + width * outputs),
            activations: length.saturating_mul(
                layers * (12 * width + 3 * hidden + heads * length) + 4 * width + 2 * outputs,
            ),
        }
    }

    fn footprint(&self, data: &DataShape, usage: Usage) -> Footprint {
        let TargetShape::Symbols { length, alphabet } = data.targets else { return Footprint::default() };
        let symbol = TargetShape::Symbols { length: 1, alphabet };
        let outputs = head_width(None, symbol);
        let (w, ld, t, ld_k) = (count(self.width), lanes(self.width), count(length), lanes(outputs));
        let dense = |inputs, hidden, units, bias, passes_on| Layers {
            inputs,
            hidden,
            activation: Activation::Gelu,
            outputs: units,
            bias,
            residual: false,
            passes_on,
        };
        // rows are symbols: a batch has so many
        let rows = Usage { batch: usage.batch.saturating_mul(length), ..usage };
        let hidden = [self.hidden()];
        let norm = Footprint {
            parameters: 2.0 * w,
            forward: 2.0 * ld + 1.0,
            ahead: Work { products: 0.0, elements: 4.0 * ld },
            back: Work { products: 0.0, elements: 8.0 * ld },
            ..Footprint::default()
        };
        let joined = Footprint {
            ahead: Work { products: 0.0, elements: 4.0 * ld },
            back: Work { products: 0.0, elements: 4.0 * ld },
            ..Footprint::default()
        };
        let block = norm
            .and(norm)
            .and(dense(self.width, &[], self.width.saturating_mul(3), false, true).footprint(rows))
            .and(self.attention(length))
            .and(dense(self.width, &[], self.width, false, true).footprint(rows))
            .and(dense(self.width, &hidden, self.width, true, true).footprint(rows))
            .and(joined);
        let readout = if self.tied_embeddings {
            Footprint {
                weights: 2.0 * count(outputs) * ld + count(outputs) * w + w * ld_k,
                packing: 3.0 * count(outputs) * ld,
                forward: ld_k,
                backward: ld_k,
                ahead: Work { products: w * ld_k, elements: ld_k },
                back: Work { products: 2.0 * count(outputs) * ld, elements: ld_k },
                ..Footprint::default()
            }
        } else {
            dense(self.width, &[], outputs, true, true).footprint(rows)
        };
        let stream = Footprint {
            forward: ld,
            backward: 4.0 * ld,
            ahead: Work { products: 0.0, elements: 2.0 * ld },
            back: Work { products: 0.0, elements: 4.0 * ld },
            ..Footprint::default()
        };
        let blocks = (0..self.layers).fold(Footprint::default(), |all, _| all.and(block));
        let embeddings = (count(alphabet) + t) * w;
        let row = blocks.and(norm).and(readout).and(stream).and(head_footprint(None, symbol, usage));
        let whole = Footprint { parameters: embeddings, ..strings_footprint(length) };
        row.rows(t).and(whole)
    }

    fn widest_hidden(&self) -> usize {
        self.width.max(self.hidden())
    }

    fn first_hidden(&self) -> usize {
        self.width
    }

    fn samples(&self) -> bool {
        true
    }

    fn has(&self, site: Site) -> bool {
        matches!(site, Site::Hidden | Site::Branches)
    }
}
