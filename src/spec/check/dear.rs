//! What a sweep is told whose cells cost too much: one fault for each place, whatever the number of cells.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Write;

use super::super::admission::Excess;
use super::super::fault::Fault;

/// Cells that cost more than is allowed: of each place the one that is furthest beyond.
#[derive(Default)]
pub(super) struct TooDear(BTreeMap<String, (Excess, usize)>);

impl TooDear {
    pub(super) fn add(&mut self, excess: Excess) {
        match self.0.entry(excess.fault.pointer.clone()) {
            Entry::Vacant(place) => {
                place.insert((excess, 1));
            }
            Entry::Occupied(mut place) => {
                let (worst, cells) = place.get_mut();
                *cells += 1;
                if excess.factor > worst.factor {
                    *worst = excess;
                }
            }
        }
    }

    /// One fault for each place.
    pub(super) fn faults(self) -> impl Iterator<Item = Fault> {
        self.0.into_values().map(|(Excess { mut fault, .. }, cells)| {
            if cells > 1 {
                let _ = write!(fault.detail, " (the largest of {cells} cells of the sweep beyond it)");
            }
            fault
        })
    }
}
