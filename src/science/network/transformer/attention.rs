//! Causal self-attention of all heads, without its projections (Vaswani et al.
//! 2017, equation 1).

use crate::science::kernel::attention::{causal_softmax, softmax_backward};
use crate::science::kernel::isa::Isa;
use crate::science::kernel::product::{Left, padded, product, transpose};
use crate::science::kernel::real::Real;

/// `softmax(Q K^T / sqrt(d)) V` in each head, d its width, t the length of a string.
#[derive(Debug)]
pub(super) struct Attention<R> {
    heads: usize,
    length: usize,
    width: usize,
    /// [samples, heads, t, ld of t].
    probabilities: Vec<R>,
    /// Results of all heads side by side [n t, ld].
    output: Vec<R>,
    /// Of one head: rows [t, ld of d] of Q, K, V and of the gradient in the
    /// result, one of them by columns [d, ld of t], scores [t, ld of t].
    query: Vec<R>,
    key: Vec<R>,
    value: Vec<R>,
    above: Vec<R>,
    columns: Vec<R>,
    scores: Vec<R>,
    result: Vec<R>,
}

impl<R: Real> Attention<R> {
    pub(super) fn new(width: usize, heads: usize, length: usize, samples: usize) -> Self {
        let (ld_d, ld_t) = (padded(width / heads), padded(length));
        let zeros = |count: usize| vec![R::ZERO; count];
        Self {
            heads,
            length,
            width,
            probabilities: zeros(samples * heads * length * ld_t),
            output: zeros(samples * length * padded(width)),
            query: zeros(length * ld_d),
            key: zeros(length * ld_d),
            value: zeros(length * ld_d),
            above: zeros(length * ld_d),
            columns: zeros(width / heads * ld_t),
            scores: zeros(length * ld_t),
            result: zeros(length * ld_d),
        }
    }

    pub(super) fn output(&self) -> &[R] {
        &self.output
    }

    fn head_width(&self) -> usize {
        self.width / self.heads
    }

    fn scale(&self) -> R {
        #[expect(clippy::cast_precision_loss, reason = "widths are far below 2^53")]
        R::from_f64(1.0 / libm::sqrt(self.head_width() as f64))
    }

    /// Where the probabilities of a head of a sample lie.
    fn head(&self, sample: usize, head: usize) -> std::ops::Range<usize> {
        let size = self.length * padded(self.length);
        let start = (sample * self.heads + head) * size;
        start..start + size
    }

    /// Reads rows of queries, keys and values side by side [n t, ld of 3 w].
    pub(super) fn forward(&mut self, isa: Isa, samples: usize, projected: &[R]) {
        let (t, d, w) = (self.length, self.head_width(), self.width);
        let (ld, ld_d, ld_t) = (padded(3 * w), padded(d), padded(t));
        let scale = self.scale();
        for sample in 0..samples {
            let rows = &projected[sample * t * ld..(sample + 1) * t * ld];
            for head in 0..self.heads {
                let range = self.head(sample, head);
                let probabilities = &mut self.probabilities[range];
                gather(rows, ld, w + head * d, d, &mut self.key);
                by_columns(&self.key, d, t, &mut self.columns);
                let query = Left { data: &rows[head * d..], row_stride: ld, inner_stride: 1 };
                product(isa, t, d, ld_t, query, &self.columns, None, probabilities);
                causal_softmax(isa, scale, ld_t, probabilities);
                gather(rows, ld, 2 * w + head * d, d, &mut self.value);
                let left = Left { data: probabilities, row_stride: ld_t, inner_stride: 1 };
                product(isa, t, t, ld_d, left, &self.value, None, &mut self.result);
                let output = &mut self.output[sample * t * padded(w)..];
                scatter(&self.result, d, head * d, padded(w), output);
            }
        }
    }

    /// From the gradient in the output [n t, ld] to that in the projections
    /// [n t, ld of 3 w].
    pub(super) fn backward(
        &mut self,
        isa: Isa,
        samples: usize,
        projected: &[R],
        above: &[R],
        gradient: &mut [R],
    ) {
        let (t, d, w) = (self.length, self.head_width(), self.width);
        let (ld, ld_d, ld_t) = (padded(3 * w), padded(d), padded(t));
        let scale = self.scale();
        for sample in 0..samples {
            let rows = &projected[sample * t * ld..(sample + 1) * t * ld];
            let below = &mut gradient[sample * t * ld..(sample + 1) * t * ld];
            let above = &above[sample * t * padded(w)..(sample + 1) * t * padded(w)];
            for head in 0..self.heads {
                let probabilities = &self.probabilities[self.head(sample, head)];
                gather(rows, ld, head * d, d, &mut self.query);
                gather(rows, ld, w + head * d, d, &mut self.key);
                gather(rows, ld, 2 * w + head * d, d, &mut self.value);
                gather(above, padded(w), head * d, d, &mut self.above);
                let transposed = |data| Left { data, row_stride: 1, inner_stride: ld_t };
                // dV = P^T dO
                product(isa, t, t, ld_d, transposed(probabilities), &self.above, None, &mut self.result);
                scatter(&self.result, d, 2 * w + head * d, ld, below);
                // dP = dO V^T, then the scores
                by_columns(&self.value, d, t, &mut self.columns);
                let left = Left { data: &self.above, row_stride: ld_d, inner_stride: 1 };
                product(isa, t, d, ld_t, left, &self.columns, None, &mut self.scores);
                softmax_backward(isa, scale, ld_t, probabilities, &mut self.scores);
                // dQ = dS K and dK = dS^T Q
                let left = Left { data: &self.scores, row_stride: ld_t, inner_stride: 1 };
                product(isa, t, t, ld_d, left, &self.key, None, &mut self.result);
                scatter(&self.result, d, head * d, ld, below);
                product(isa, t, t, ld_d, transposed(&self.scores), &self.query, None, &mut self.result);
                scatter(&self.result, d, w + head * d, ld, below);
            }
        }
    }
}

/// Columns `first..first + d` of rows `ld` apart, as padded rows of their own.
fn gather<R: Real>(rows: &[R], ld: usize, first: usize, d: usize, out: &mut [R]) {
    for (out, row) in out.chunks_exact_mut(padded(d)).zip(rows.chunks_exact(ld)) {
        out[..d].copy_from_slice(&row[first..first + d]);
    }
}

/// Padded rows back to columns `first..first + d` of rows `ld` apart.
fn scatter<R: Real>(rows: &[R], d: usize, first: usize, ld: usize, out: &mut [R]) {
    for (out, row) in out.chunks_exact_mut(ld).zip(rows.chunks_exact(padded(d))) {
        out[first..first + d].copy_from_slice(&row[..d]);
    }
}

/// Padded rows [t, ld of d] as columns [d, ld of t].
fn by_columns<R: Real>(rows: &[R], d: usize, t: usize, out: &mut [R]) {
    if padded(d) == d {
        transpose(rows, d, out, padded(t));
    } else {
        for (i, row) in rows.chunks_exact(padded(d)).enumerate() {
            row[..d].iter().enumerate().for_each(|(j, x)| out[j * padded(t) + i] = *x);
        }
    }
}
