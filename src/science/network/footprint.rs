//! Footprints: what the running form of a network holds and computes, counted without building it.
//!
//! In floating point, so that no size overflows. One number takes four bytes. Knows nothing of how
//! fast a machine is.

use crate::science::data::TargetShape;
use crate::science::injection::Binary;
use crate::science::kernel::product::padded;

/// Bytes of a number.
pub const BYTES: f64 = 4.0;

/// A count as a floating-point number.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub fn count(items: usize) -> f64 {
    items as f64
}

/// Columns of a matrix of so many, with those that fill its last group of lanes.
#[must_use]
pub fn lanes(columns: usize) -> f64 {
    count(padded(columns.min(usize::MAX / 2)))
}

/// How a network is trained, as far as its buffers depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Samples in each batch.
    pub batch: usize,
    /// Whether batches are chosen anew instead of holding every sample.
    pub is_sampled: bool,
    /// Whether noise acts on hidden activations.
    pub disturbs_hidden: bool,
    /// Whether noise acts on inputs.
    pub disturbs_inputs: bool,
    /// What is binary.
    pub binary: Binary,
}

/// What the running form of a network holds and computes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Footprint {
    /// Numbers of the flat buffer of parameters, those that a mask hides included.
    pub parameters: f64,
    /// Further numbers whatever the samples: packed and transposed weights, masks.
    pub weights: f64,
    /// Numbers that live only while the network is built, whatever the samples.
    pub building: f64,
    /// Numbers of its own copy of each sample that it is built for.
    pub copy: f64,
    /// Numbers of each sample of an evaluation pass.
    pub forward: f64,
    /// Further numbers of each sample of a training batch.
    pub backward: f64,
    /// Least samples of an evaluation pass.
    pub pass: f64,
    /// Numbers of each sample that live only while a draw is evaluated, or the network built for it.
    pub reading: f64,
    /// Numbers that the network says of each sample.
    pub outputs: f64,
    /// Numbers that training adapts beside the parameters.
    pub adapted: f64,
    /// Work of a code length of each sample, once the network has said it.
    pub code: f64,
    /// Numbers that the network says of a draw whatever its samples.
    pub said: f64,
    /// Work of each sample of a forward pass.
    pub ahead: Work,
    /// Work of each sample of a backward pass.
    pub back: Work,
    /// Work of each pass whatever its samples: packed weights, masks.
    pub packing: f64,
    /// Plain operations of each sample when a draw is evaluated, or the network built for it.
    pub encoding: f64,
    /// Plain operations of fitting to a draw, whatever its samples.
    pub fitting: f64,
    /// How often a sample goes through a forward pass when it is evaluated.
    pub repeats: f64,
}

/// Work of one sample in one direction.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Work {
    /// Multiply-adds of matrix products, those of filled lanes included.
    pub products: f64,
    /// Numbers touched one by one, a plain operation each.
    pub elements: f64,
}

impl std::ops::Add for Work {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { products: self.products + other.products, elements: self.elements + other.elements }
    }
}

impl std::ops::Mul<f64> for Work {
    type Output = Self;

    fn mul(self, times: f64) -> Self {
        Self { products: self.products * times, elements: self.elements * times }
    }
}

impl Footprint {
    /// Both together: parts of one network.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            parameters: self.parameters + other.parameters,
            weights: self.weights + other.weights,
            building: self.building + other.building,
            copy: self.copy + other.copy,
            forward: self.forward + other.forward,
            backward: self.backward + other.backward,
            pass: self.pass.max(other.pass),
            reading: self.reading + other.reading,
            outputs: self.outputs + other.outputs,
            adapted: self.adapted + other.adapted,
            said: self.said + other.said,
            code: self.code + other.code,
            ahead: self.ahead + other.ahead,
            back: self.back + other.back,
            packing: self.packing + other.packing,
            encoding: self.encoding + other.encoding,
            fitting: self.fitting + other.fitting,
            repeats: self.repeats.max(other.repeats),
        }
    }

    /// The same with so many rows for each sample.
    #[must_use]
    pub fn rows(self, each: f64) -> Self {
        Self {
            copy: self.copy * each,
            forward: self.forward * each,
            backward: self.backward * each,
            reading: self.reading * each,
            outputs: self.outputs * each,
            code: self.code * each,
            ahead: self.ahead * each,
            encoding: self.encoding * each,
            back: self.back * each,
            ..self
        }
    }

    /// Samples of an evaluation pass on draws of so many, batches being of `batch`.
    #[must_use]
    pub fn capacity(&self, batch: f64, samples: f64) -> f64 {
        batch.max(self.pass.min(samples))
    }

    /// Bytes of the running form, built for a draw of so many samples, once it was trained and has
    /// evaluated a draw.
    #[must_use]
    pub fn bytes(&self, batch: f64, samples: f64) -> f64 {
        let rows = self.forward * self.capacity(batch, samples) + self.backward * batch;
        BYTES * (self.weights + self.adapted + self.copy * samples + rows)
    }
}

/// A criterion of the outputs: targets, losses and room for logits.
#[must_use]
pub fn criterion(targets: TargetShape, usage: Usage) -> Footprint {
    let width = count(targets.width());
    let (losses, scratch) = match targets {
        TargetShape::Symbols { alphabet: 2, .. } => (width, 2.0 * width),
        TargetShape::Symbols { length: 1, .. } | TargetShape::Reals { .. } => (1.0, 0.0),
        TargetShape::Symbols { alphabet, .. } => (width, width * lanes(alphabet)),
    };
    let batch = if usage.is_sampled { width } else { 0.0 };
    let elements = ELEMENTS_OF_A_LOSS * count(targets.encoded_width());
    Footprint {
        copy: width,
        backward: losses + scratch + batch,
        back: Work { products: 0.0, elements },
        ..Footprint::default()
    }
}

/// Plain operations that the exponential and the logarithm of an output take.
const ELEMENTS_OF_A_LOSS: f64 = 8.0;
