//! Settings without effect: what a spec asks for and nothing would be made of.
//!
//! A kind that would do nothing in a cell is at fault there. A setting that other cells may make
//! something of (an estimator, a field of a network) is at fault if no cell of the sweep does. A
//! strength of exactly zero is always allowed: it is the baseline of an axis.

use std::collections::BTreeMap;

use super::CellSpec;
use super::axis::SweepAxis;
use super::fault::{Fault, is_within};
use crate::science::estimator::Prospect;
use crate::science::family::{Family, locate};
use crate::science::injection::{Binary, Site};
use crate::science::source::TargetShape;
use crate::science::training::Schedule;

/// Every kind of a cell that would do nothing in it.
pub(super) fn faults(cell: &CellSpec) -> Vec<Fault> {
    let mut faults = Vec::new();
    let (architecture, shape) = (cell.network.architecture(), cell.dataset.process().shape());
    for (i, regularizer) in cell.regularizers.iter().enumerate() {
        let at = format!("/regularizers/{i}");
        if cell.regularizers[..i].iter().any(|other| other.kind() == regularizer.kind()) {
            faults.push(Fault::new(at, "duplicates the kind of an earlier regularizer"));
            continue;
        }
        faults.extend(regularizer.incompatibility(shape.targets).map(|detail| Fault::new(&at, detail)));
        if regularizer.binary().is_some_and(|binary| binary.activations) && !architecture.has(Site::Hidden) {
            let detail = format!("acts on {}, which this network does not have", Site::Hidden);
            faults.push(Fault::new(format!("{at}/activations"), detail));
        }
        if regularizer.patience().is_some() && shape.targets == TargetShape::NOTHING {
            faults.push(Fault::new(at, "looks at a validation draw, and this dataset has no data"));
        }
    }
    if let Some(incompatibility) = cell.training.optimizer.incompatibility(cell.training.steps) {
        let (pointer, detail) = locate("/training/optimizer", &incompatibility);
        faults.push(Fault::new(pointer, detail));
    }
    faults
}

/// A setting of which a cell makes nothing.
struct Idle {
    pointer: String,
    reason: String,
    /// Whether a spec without the setting has the same, or it means the same by definition.
    is_default: bool,
}

/// Settings of a cell that have no effect in it and may have one in another.
fn idle(cell: &CellSpec, states_estimators: bool) -> Vec<Idle> {
    let (architecture, process) = (cell.network.architecture(), cell.dataset.process());
    let (data, training) = (process.shape(), &cell.training);
    let binary = cell.regularizers.iter().filter_map(|regularizer| regularizer.binary());
    let binary = binary.fold(Binary::default(), |_, binary| binary);
    let mut idle = Vec::new();
    let mut add = |pointer: String, reason: String, is_default| {
        idle.push(Idle { pointer, reason, is_default });
    };
    for field in architecture.idle(&data, binary) {
        add(field.pointer.to_owned(), field.reason.to_owned(), field.is_default);
    }
    if training.steps == 1 && matches!(training.schedule, Schedule::Constant | Schedule::Cosine) {
        add("/training/schedule".into(), "the learning rate of a single step is the first".into(), true);
    }
    if training.batch_size.of(data.samples) == data.samples {
        add("/training/batch_size".into(), format!("a batch holds all {} samples", data.samples), true);
    }
    let least = training.initialization.least_units();
    if architecture.widest_hidden() < least {
        let reason = format!("needs a hidden layer of at least {least} units");
        add("/training/initialization".into(), reason, false);
    }
    let prospect = Prospect { architecture, process, data };
    for (i, estimator) in cell.estimators.iter().enumerate() {
        let Some(reason) = estimator.idleness(&prospect) else { continue };
        let (pointer, reason) = locate(&format!("/estimators/{i}"), &reason);
        add(pointer, reason, !states_estimators);
    }
    idle
}

/// Settings of which no cell so far made anything.
#[derive(Default)]
pub(super) struct Silent {
    /// By pointer the reason, and whether every cell has the default; `None` before any cell.
    settings: Option<BTreeMap<String, (String, bool)>>,
}

impl Silent {
    /// Looks at one more cell. `states_estimators`: whether the spec names any.
    pub(super) fn add(&mut self, cell: &CellSpec, states_estimators: bool) {
        if self.settings.as_ref().is_some_and(BTreeMap::is_empty) {
            return;
        }
        let mut here: BTreeMap<_, _> = idle(cell, states_estimators)
            .into_iter()
            .map(|idle| (idle.pointer, (idle.reason, idle.is_default)))
            .collect();
        if let Some(before) = &self.settings {
            here.retain(|pointer, _| before.contains_key(pointer));
            for (pointer, (_, is_default)) in &mut here {
                *is_default &= before[pointer].1;
            }
        }
        self.settings = Some(here);
    }

    /// The faults, once every cell was looked at: axes that change nothing, and what is stated
    /// for nothing.
    pub(super) fn faults(self, axes: &[SweepAxis]) -> Vec<Fault> {
        let settings = self.settings.unwrap_or_default();
        let covering = |pointer: &str| settings.iter().find(|(silent, _)| is_within(pointer, silent));
        let mut faults = Vec::new();
        let mut swept = Vec::new();
        for (i, axis) in axes.iter().enumerate().filter(|(_, axis)| axis.values.len() > 1) {
            let pointers = axis.pointers();
            let found: Option<Vec<_>> = pointers.iter().map(|pointer| covering(pointer)).collect();
            let Some(found) = found.filter(|found| !found.is_empty()) else { continue };
            let (silent, (reason, _)) = found[0];
            // an estimator that measures nothing is at fault itself
            if !silent.starts_with("/estimators") {
                faults.push(Fault::new(format!("/sweep/{i}/path"), format!("changes no cell: {reason}")));
                swept.extend(found.iter().map(|(silent, _)| (*silent).clone()));
            }
        }
        for (pointer, (reason, is_default)) in &settings {
            if !is_default && !swept.contains(pointer) {
                faults.push(Fault::new(pointer, format!("has no effect: {reason}")));
            }
        }
        faults
    }
}
