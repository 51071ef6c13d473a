//! Where each tensor of a network lies in the one flat buffer of parameters.

use std::ops::Range;

/// What a tensor is for: penalties fall on weights only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Multiplies activations.
    Weight,
    /// Is added to them.
    Bias,
}

/// One tensor, row-major.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its name, unique in the network.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Rows; fan-in of a weight.
    pub rows: usize,
    /// Columns; units that it feeds.
    pub columns: usize,
    /// Where it lies.
    pub range: Range<usize>,
}

/// All tensors in order, without gaps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    blocks: Vec<Block>,
    unused: usize,
}

impl Layout {
    /// Appends a tensor and says where it lies.
    pub fn push(&mut self, name: impl Into<String>, role: Role, rows: usize, columns: usize) -> Range<usize> {
        let range = self.len()..self.len() + rows * columns;
        self.blocks.push(Block { name: name.into(), role, rows, columns, range: range.clone() });
        range
    }

    /// Numbers that training changes and that the function depends on: what bits
    /// per parameter are counted by.
    #[must_use]
    pub fn trainable(&self) -> usize {
        self.len() - self.unused
    }

    /// Declares that so many of the numbers can never matter (a mask hides them).
    pub fn hide(&mut self, unused: usize) {
        self.unused += unused;
    }

    /// Numbers in the flat buffer.
    #[must_use]
    pub fn len(&self) -> usize {
        self.blocks.last().map_or(0, |block| block.range.end)
    }

    /// Whether there is nothing to train.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All tensors in order.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Where the weights lie.
    pub fn weights(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.blocks.iter().filter(|block| block.role == Role::Weight).map(|block| block.range.clone())
    }
}
