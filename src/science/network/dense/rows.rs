//! Input rows of a network: its own padded copy of the data, and the rows of
//! the current pass.

use std::ops::Range;

use ndarray::Array2;

use crate::science::injection::Noise;
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;
use crate::science::network::model::Batch;

/// Rows that one evaluation pass holds at most.
pub const EVALUATION_ROWS: usize = 512;

/// Inputs of the dataset and of one pass, rows padded to whole lane groups.
#[derive(Debug)]
pub struct InputRows<R> {
    width: usize,
    ld: usize,
    data: Vec<R>,
    batch: Vec<R>,
    /// Rows without padding, for noise.
    bare: Vec<R>,
    is_whole: bool,
    capacity: usize,
}

impl<R: Real> InputRows<R> {
    /// A copy of `inputs` [n, d], and room for passes of `capacity` rows.
    #[must_use]
    pub fn new(inputs: &Array2<f32>, capacity: usize) -> Self {
        let (width, ld) = (inputs.ncols(), padded(inputs.ncols()));
        let mut data = vec![R::ZERO; inputs.nrows() * ld];
        for (row, source) in data.chunks_exact_mut(ld.max(1)).zip(inputs.rows()) {
            row.iter_mut().zip(source).for_each(|(x, source)| *x = R::from_f64(f64::from(*source)));
        }
        Self {
            width,
            ld,
            data,
            batch: vec![R::ZERO; capacity * ld],
            bare: Vec::new(),
            is_whole: false,
            capacity,
        }
    }

    /// Numbers d of a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows that one pass holds at most.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Rows of the current pass [rows, ld].
    #[must_use]
    pub fn batch(&self) -> &[R] {
        &self.batch
    }

    /// Rows of the training batch taken last [rows, ld].
    #[must_use]
    pub fn current(&self) -> &[R] {
        if self.is_whole { &self.data } else { &self.batch }
    }

    /// Gathers the rows of a training batch, with noise on them if there is any.
    pub fn take(&mut self, batch: Batch, noise: &mut impl Noise<R>) {
        let ld = self.ld;
        let rows = match batch {
            Batch::All => self.data.len() / ld.max(1),
            Batch::Rows(rows) => {
                for (row, &source) in self.batch.chunks_exact_mut(ld).zip(rows) {
                    row.copy_from_slice(&self.data[source as usize * ld..][..ld]);
                }
                rows.len()
            }
        };
        self.is_whole = matches!(batch, Batch::All);
        if self.disturb(rows, noise) {
            self.is_whole = false;
        }
    }

    /// Loads rows of other data from `start` on, with noise on them if there is any; returns how many.
    pub fn load(&mut self, inputs: &Array2<f32>, start: usize, noise: &mut impl Noise<R>) -> usize {
        let rows = self.capacity.min(inputs.nrows() - start);
        for (i, row) in self.batch.chunks_exact_mut(self.ld.max(1)).take(rows).enumerate() {
            row.iter_mut()
                .zip(inputs.row(start + i))
                .for_each(|(x, source)| *x = R::from_f64(f64::from(*source)));
        }
        self.is_whole = false;
        self.disturb(rows, noise);
        rows
    }

    /// Puts noise on the rows of the pass; `false` when there is none.
    fn disturb(&mut self, rows: usize, noise: &mut impl Noise<R>) -> bool {
        let (width, ld) = (self.width, self.ld);
        if self.bare.is_empty() {
            // an empty buffer asks whether there is noise at all, on the first step only
            if !noise.inputs(&mut []) {
                return false;
            }
            self.bare = vec![R::ZERO; self.capacity * width];
        }
        let source = if self.is_whole { &self.data } else { &self.batch };
        let bare = &mut self.bare[..rows * width];
        for (bare, row) in bare.chunks_exact_mut(width).zip(source.chunks_exact(ld)) {
            bare.copy_from_slice(&row[..width]);
        }
        noise.inputs(bare);
        for (row, bare) in self.batch.chunks_exact_mut(ld).zip(bare.chunks_exact(width)) {
            row[..width].copy_from_slice(bare);
        }
        true
    }
}

/// Rows that a pass must hold for batches of `batch` and evaluations of `samples`.
#[must_use]
pub fn pass_rows(batch: usize, samples: usize) -> usize {
    batch.max(EVALUATION_ROWS.min(samples))
}

/// Writes rows of a pass [rows, ld] into those of a result, in f32.
#[expect(clippy::cast_possible_truncation, reason = "predictions are kept in f32")]
pub fn write_rows<R: Real>(result: &mut Array2<f32>, rows: Range<usize>, numbers: &[R], ld: usize) {
    for (row, z) in rows.zip(numbers.chunks_exact(ld)) {
        result.row_mut(row).iter_mut().zip(z).for_each(|(out, z)| *out = z.to_f64() as f32);
    }
}
