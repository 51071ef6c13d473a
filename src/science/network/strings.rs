//! Strings of a network that reads symbol after symbol: the dataset's, and
//! those of the current pass.

use ndarray::Array2;

use super::architecture::generative_incompatibility;
use super::dense::rows::write_rows;
use super::footprint::{Footprint, count};
use super::model::Batch;
use super::supervised::Pass;
use crate::science::data::{DataShape, Dataset, TargetShape, Targets};
use crate::science::injection::Silence;
use crate::science::kernel::real::Real;

/// Why a network that reads strings cannot take such data, if it cannot.
#[must_use]
pub fn strings_incompatibility(data: &DataShape) -> Option<String> {
    generative_incompatibility(data).or_else(|| match data.targets {
        TargetShape::Symbols { length, .. } if length > 1 => None,
        _ => Some("this network reads strings of at least two symbols".to_owned()),
    })
}

/// Symbols that an evaluation pass holds at most, unless one string is longer.
const EVALUATION_SYMBOLS: usize = 4096;

/// Strings of a network, as far as they are counted without it: its own copy and those of a pass,
/// and how many strings an evaluation pass has at least.
#[must_use]
pub fn strings_footprint(length: usize) -> Footprint {
    let symbols = count(length);
    let pass = count((EVALUATION_SYMBOLS / length.max(1)).max(1));
    Footprint { copy: symbols, forward: symbols, pass, repeats: 1.0, ..Footprint::default() }
}

/// Symbols of all samples, sample by sample: row `i t + s` is place s of sample i.
#[derive(Debug)]
pub struct Strings {
    length: usize,
    alphabet: usize,
    capacity: usize,
    data: Vec<u32>,
    pass: Vec<u32>,
}

impl Strings {
    /// A copy of the targets, and room for passes of `batch` samples.
    ///
    /// # Panics
    /// When the targets are not symbols: admission refuses such specs.
    #[must_use]
    pub fn new(targets: &Targets, batch: usize) -> Self {
        let Targets::Symbols { symbols, alphabet } = targets else {
            unreachable!("admission checks that there are symbols")
        };
        let (samples, length) = symbols.dim();
        let capacity = batch.max((EVALUATION_SYMBOLS / length).clamp(1, samples));
        Self {
            length,
            alphabet: *alphabet,
            capacity,
            data: symbols.iter().copied().collect(),
            pass: vec![0; capacity * length],
        }
    }

    /// Symbols t of each string.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// Different symbols.
    #[must_use]
    pub fn alphabet(&self) -> usize {
        self.alphabet
    }

    /// Samples that a pass holds at most.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Loads a training batch.
    pub fn take(&mut self, batch: Batch) {
        let t = self.length;
        match batch {
            Batch::All => self.pass[..self.data.len()].copy_from_slice(&self.data),
            Batch::Rows(rows) => {
                for (string, &row) in self.pass.chunks_exact_mut(t).zip(rows) {
                    string.copy_from_slice(&self.data[row as usize * t..][..t]);
                }
            }
        }
    }

    /// The symbol before a row's place; none at the first.
    #[must_use]
    pub fn before(&self, row: usize) -> Option<usize> {
        (!row.is_multiple_of(self.length)).then(|| self.pass[row - 1] as usize)
    }
}

/// A network that reads strings.
pub trait Reader<R: Real>: Pass<R> {
    /// Its strings.
    fn strings(&mut self) -> &mut Strings;
}

/// Outputs [n t, k] for other data, pass by pass, `k` of each symbol.
///
/// # Panics
/// When the data holds no symbols.
pub fn outputs<R: Real>(
    reader: &mut impl Reader<R>,
    parameters: &[R],
    data: &Dataset,
    k: usize,
) -> Array2<f32> {
    let symbols = data.targets.symbols();
    let (t, capacity) = (symbols.ncols(), reader.strings().capacity);
    let mut outputs = Array2::zeros((data.len() * t, k));
    for start in (0..data.len()).step_by(capacity) {
        let samples = capacity.min(data.len() - start);
        for (string, row) in reader.strings().pass.chunks_exact_mut(t).zip(start..start + samples) {
            string.iter_mut().zip(symbols.row(row)).for_each(|(a, b)| *a = *b);
        }
        reader.forward(parameters, samples, &mut Silence);
        let (logits, _, ld) = reader.outputs();
        write_rows(&mut outputs, start * t..(start + samples) * t, logits, ld);
    }
    outputs
}
