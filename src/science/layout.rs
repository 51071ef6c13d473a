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
    /// Groups of columns, one for each number that a unit is fed: gates side by side.
    pub gates: usize,
    /// Whether rows stand for what is read from outside instead of units below.
    pub embeds: bool,
    /// Whether the network reads only the signs of its numbers, times one scale.
    pub is_binary: bool,
    /// Where it lies.
    pub range: Range<usize>,
}

/// All tensors in order, without gaps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    blocks: Vec<Block>,
    /// Places of the numbers that the network never reads, rising.
    unread: Vec<usize>,
}

impl Layout {
    /// Appends a tensor and says where it lies.
    pub fn push(&mut self, name: impl Into<String>, role: Role, rows: usize, columns: usize) -> Range<usize> {
        self.push_block(name.into(), role, (rows, columns), 1, false)
    }

    /// Appends a weight whose columns are so many groups of the same units.
    pub fn push_gates(&mut self, name: &str, rows: usize, columns: usize, gates: usize) -> Range<usize> {
        self.push_block(name.into(), Role::Weight, (rows, columns), gates, false)
    }

    /// Appends a weight with a row for each thing that can be read.
    pub fn push_embedding(&mut self, name: &str, rows: usize, columns: usize, gates: usize) -> Range<usize> {
        self.push_block(name.into(), Role::Weight, (rows, columns), gates, true)
    }

    fn push_block(
        &mut self,
        name: String,
        role: Role,
        (rows, columns): (usize, usize),
        gates: usize,
        embeds: bool,
    ) -> Range<usize> {
        let range = self.len()..self.len() + rows * columns;
        self.blocks.push(Block {
            name,
            role,
            rows,
            columns,
            gates,
            embeds,
            is_binary: false,
            range: range.clone(),
        });
        range
    }

    /// Numbers that training changes and that the function depends on: what bits
    /// per parameter are counted by.
    #[must_use]
    pub fn trainable(&self) -> usize {
        self.len() - self.unread.len()
    }

    /// Declares that the network reads only the signs of all weights pushed so far.
    pub fn binarize_weights(&mut self) {
        let weights = self.blocks.iter_mut().filter(|block| block.role == Role::Weight);
        weights.for_each(|block| block.is_binary = true);
    }

    /// Numbers of which the network reads the sign alone: one bit each.
    #[must_use]
    pub fn binary(&self) -> usize {
        self.blocks.iter().filter(|block| block.is_binary).map(|block| block.range.len()).sum()
    }

    /// Declares which of the numbers [p] the network reads. The others can never matter,
    /// since a mask hides them: no count has them in it, and training keeps them at zero.
    pub fn hide_unless(&mut self, is_read: &[bool]) {
        self.unread = (0..self.len()).filter(|&i| !is_read[i]).collect();
    }

    /// Sets to zero what the network never reads, so that neither noise nor an initialization
    /// moves it, and no norm, distance or scale counts it.
    pub fn clear_unread<T: Default>(&self, parameters: &mut [T]) {
        self.unread.iter().for_each(|&i| parameters[i] = T::default());
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
