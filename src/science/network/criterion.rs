//! The criterion of a network on its data: targets, head and loss, with all
//! buffers planned.

use ndarray::Array2;

use super::build::Plan;
use super::head::{Head, Pass, Scratch};
use super::model::Batch;
use crate::science::data::{TargetShape, Targets};
use crate::science::evaluation::Prediction;
use crate::science::kernel::isa::Isa;
use crate::science::kernel::lanes::LANES;
use crate::science::kernel::product::padded;
use crate::science::kernel::real::Real;

/// What one row of outputs predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// All targets of a sample.
    Samples,
    /// One symbol of a sample, the symbols of a sample in adjacent rows.
    Symbols,
}

/// Mean loss over samples, in nats per sample, and its gradient.
#[derive(Debug)]
pub struct Criterion<R> {
    head: Head,
    smoothing: f64,
    row: TargetShape,
    rows_per_sample: usize,
    /// Targets of the whole dataset, row by row.
    symbols: Vec<u32>,
    values: Vec<R>,
    /// Targets of the current batch.
    batch_symbols: Vec<u32>,
    batch_values: Vec<R>,
    is_whole: bool,
    losses: Vec<R>,
    scratch: Scratch<R>,
}

/// The sum in f64, sixteen sums side by side.
fn total<R: Real>(losses: &[R]) -> f64 {
    let (groups, rest) = losses.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for group in groups {
        lanes.iter_mut().zip(group).for_each(|(lane, loss)| *lane += loss.to_f64());
    }
    lanes.iter().sum::<f64>() + rest.iter().map(|loss| loss.to_f64()).sum::<f64>()
}

impl<R: Real> Criterion<R> {
    /// Plans for batches of `capacity` samples.
    ///
    /// # Panics
    /// When the head cannot speak of the targets: admission refuses such specs.
    #[must_use]
    pub fn new(head: Option<&Head>, smoothing: f64, targets: &Targets, rows: Rows, capacity: usize) -> Self {
        let head = head.cloned().unwrap_or_else(|| Head::default_for(targets.shape()));
        let (row, rows_per_sample) = match (rows, targets.shape()) {
            (Rows::Symbols, TargetShape::Symbols { length, alphabet }) => {
                (TargetShape::Symbols { length: 1, alphabet }, length)
            }
            (_, shape) => (shape, 1),
        };
        assert!(head.width(row).is_some(), "admission checks that the head fits the targets");
        let (symbols, values) = match targets {
            Targets::Symbols { symbols, .. } => (symbols.iter().copied().collect(), Vec::new()),
            Targets::Reals(values) => {
                (Vec::new(), values.iter().map(|x| R::from_f64(f64::from(*x))).collect())
            }
        };
        let (count, reals, alphabet) = match targets.shape() {
            TargetShape::Symbols { length, alphabet } => (capacity * length, 0, alphabet),
            TargetShape::Reals { dimensions } => (0, capacity * dimensions, 0),
        };
        let logits = match row {
            TargetShape::Symbols { alphabet: 2, .. } => count,
            TargetShape::Symbols { length: 1, .. } | TargetShape::Reals { .. } => 0,
            TargetShape::Symbols { .. } => count * padded(alphabet),
        };
        let scratch = Scratch {
            logits: vec![R::ZERO; logits],
            probabilities: vec![R::ZERO; if alphabet == 2 { count } else { 0 }],
        };
        Self {
            head,
            smoothing,
            row,
            rows_per_sample,
            symbols,
            values,
            batch_symbols: vec![0; count],
            batch_values: vec![R::ZERO; reals],
            is_whole: false,
            losses: vec![R::ZERO; count.max(capacity)],
            scratch,
        }
    }

    /// Plans for what a network is built for, in passes of `capacity` samples.
    ///
    /// # Panics
    /// As [`Criterion::new`].
    #[must_use]
    pub fn planned(head: Option<&Head>, plan: &Plan, rows: Rows, capacity: usize) -> Self {
        Self::new(head, plan.label_smoothing, &plan.dataset.targets, rows, capacity)
    }

    /// Outputs of one row.
    ///
    /// # Panics
    /// Never: the width was checked at the start.
    #[must_use]
    pub fn width(&self) -> usize {
        self.head.width(self.row).expect("checked at the start")
    }

    /// Gathers the targets of a batch; returns its samples.
    pub fn take(&mut self, batch: Batch) -> usize {
        let (length, dimensions) = self.per_sample();
        self.is_whole = matches!(batch, Batch::All);
        match batch {
            Batch::All => (self.symbols.len() / length.max(1)).max(self.values.len() / dimensions.max(1)),
            Batch::Rows(rows) => {
                for (i, &row) in rows.iter().enumerate() {
                    let row = row as usize;
                    self.batch_symbols[i * length..][..length]
                        .copy_from_slice(&self.symbols[row * length..][..length]);
                    self.batch_values[i * dimensions..][..dimensions]
                        .copy_from_slice(&self.values[row * dimensions..][..dimensions]);
                }
                rows.len()
            }
        }
    }

    /// Mean loss of the batch taken last, in nats per sample; `gradient` [rows,
    /// ld] becomes its gradient in `outputs` [rows, ld].
    pub fn loss(&mut self, isa: Isa, samples: usize, outputs: &[R], gradient: &mut [R], ld: usize) -> R {
        let rows = samples * self.rows_per_sample;
        let (symbols, values) = if self.is_whole {
            (&self.symbols[..], &self.values[..])
        } else {
            (&self.batch_symbols[..], &self.batch_values[..])
        };
        let count = match self.row {
            TargetShape::Symbols { length, .. } => rows * length,
            TargetShape::Reals { .. } => rows,
        };
        self.head.loss(Pass {
            isa,
            smoothing: self.smoothing,
            samples,
            rows,
            row: self.row,
            ld,
            symbols,
            values,
            outputs: &outputs[..rows * ld],
            gradient: &mut gradient[..rows * ld],
            losses: &mut self.losses[..count],
            scratch: &mut self.scratch,
        });
        let total = total(&self.losses[..count]);
        #[expect(clippy::cast_precision_loss, reason = "a batch is far below 2^53")]
        R::from_f64(total / samples as f64)
    }

    /// Losses of the last call, one a symbol or one a row of reals.
    #[must_use]
    pub fn losses(&self) -> &[R] {
        &self.losses
    }

    /// What `outputs` [rows, width] say.
    #[must_use]
    pub fn prediction(&self, outputs: Array2<f32>) -> Prediction {
        self.head.prediction(outputs, self.row)
    }

    fn per_sample(&self) -> (usize, usize) {
        match self.row {
            TargetShape::Symbols { length, .. } => (length * self.rows_per_sample, 0),
            TargetShape::Reals { dimensions } => (0, dimensions),
        }
    }
}
