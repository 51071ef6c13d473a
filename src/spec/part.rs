//! Parts of a spec that a sweep may change, each read once for every value that the sweep
//! gives it: a product of axes costs their sum where they change different parts.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::sweep::Sweep;

/// One part of a spec with all of its values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part<T> {
    /// The axes that change it, with the number of their values.
    axes: Vec<(usize, usize)>,
    /// One for each choice on these axes, the last axis moving fastest.
    values: Vec<T>,
}

impl<T> Part<T> {
    /// The value under these choices on all axes.
    pub(super) fn at(&self, choices: &[usize]) -> &T {
        &self.values[index(&self.axes, choices)]
    }

    /// Every value.
    pub(super) fn values(&self) -> &[T] {
        &self.values
    }
}

impl<T> Part<Option<T>> {
    /// The part, if every value is there.
    pub(super) fn whole(self) -> Option<Part<T>> {
        Some(Part { axes: self.axes, values: self.values.into_iter().collect::<Option<_>>()? })
    }
}

fn index(axes: &[(usize, usize)], choices: &[usize]) -> usize {
    axes.iter().fold(0, |index, (axis, values)| index * values + choices[*axis])
}

/// A part before it is read.
pub(super) struct Unread<'a> {
    root: &'static str,
    base: Option<&'a Value>,
    sweep: &'a Sweep,
    axes: Vec<(usize, usize)>,
}

/// What became of one value of a part.
pub(super) enum Read<T> {
    /// It is there and reads well.
    Whole(T),
    /// The spec does not state it.
    LeftOut,
    /// What stands there has faults, or an axis leads nowhere.
    Faulty,
}

impl<'a> Unread<'a> {
    /// The part at the top-level field `root` of a document.
    pub(super) fn new(root: &'static str, document: &'a Value, sweep: &'a Sweep) -> Self {
        let axes = sweep.axes_within(root).into_iter();
        let axes = axes.map(|axis| (axis, sweep.axes()[axis].values.len())).collect();
        Self { root, base: document.pointer(root), sweep, axes }
    }

    /// Choices on all axes, one for each value of the part; axes that do not change it are at
    /// their first value.
    pub(super) fn all_choices(&self) -> impl Iterator<Item = Vec<usize>> + use<'_> {
        (0..self.count()).map(|number| {
            let mut choices = vec![0; self.sweep.axes().len()];
            let mut rest = number;
            for (axis, values) in self.axes.iter().rev() {
                choices[*axis] = rest % values;
                rest /= values;
            }
            choices
        })
    }

    fn count(&self) -> usize {
        self.axes.iter().map(|(_, values)| values).product()
    }

    /// Bytes of all values of the part as JSON, roughly.
    pub(super) fn bytes(&self) -> usize {
        let base = self.base.map_or(0, |base| base.to_string().len());
        let largest = |axis: &(usize, usize)| {
            let axis = &self.sweep.axes()[axis.0];
            let of_choice = |choice| axis.sets(choice).iter().map(|(_, value)| value.to_string().len()).sum();
            (0..axis.values.len()).map(of_choice).max().unwrap_or(0)
        };
        if self.axes.is_empty() {
            0
        } else {
            self.count() * (base + self.axes.iter().map(largest).sum::<usize>())
        }
    }

    /// Reads the value under these choices.
    pub(super) fn read<U: DeserializeOwned>(&self, choices: &[usize]) -> Read<U> {
        let mut document = Value::Object(Map::new());
        if let Some(base) = self.base {
            document[&self.root[1..]] = base.clone();
        }
        if self.sweep.apply(&mut document, choices, self.root).is_err() {
            return Read::Faulty;
        }
        let Some(value) = document.get_mut(&self.root[1..]) else { return Read::LeftOut };
        serde_json::from_value(value.take()).map_or(Read::Faulty, Read::Whole)
    }

    /// The part with its values in the order of [`Unread::all_choices`].
    pub(super) fn with<T>(self, values: Vec<T>) -> Part<T> {
        Part { axes: self.axes, values }
    }
}
