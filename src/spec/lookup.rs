//! What claims name, looked up once: quantities by their type, cells by their coordinates.

use super::admission::Limits;
use super::claim::{Claim, Middle};
use super::coordinates::Coordinates;
use super::fault::Fault;
use super::quantity::ClaimedQuantity;
use super::sweep::{Nowhere, Selection, Sweep};

/// A claim whose quantity and cells are looked up.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedClaim {
    /// The claim as it was stated.
    pub claim: Claim,
    /// The quantity that decides the claim.
    pub quantity: ClaimedQuantity,
    /// The cells to which the claim applies; an analysis has its own cells.
    pub cells: Selection,
    /// The reference cell, if the claim compares cells.
    pub other: Option<Other>,
}

/// A reference cell, by the coordinates in which it differs from the judged cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Other {
    /// The reference quantity is subtracted, paired by replicate.
    Minus(Selection),
    /// The quantity is divided by the mean of the reference.
    Over(Selection),
}

/// What a job has that claims may name.
pub(super) struct Names<'a> {
    /// The claims as they were stated.
    pub(super) claims: &'a [Claim],
    /// The sweep that has the cells.
    pub(super) sweep: &'a Sweep,
    /// Whether a cell of the job measures a quantity.
    pub(super) is_measured: &'a dyn Fn(&str) -> bool,
}

/// Looks up the quantities and cells that the claims of a job name. Cells are found by their
/// coordinates, without iterating over the sweep.
///
/// # Errors
/// A claim names a quantity that the job does not measure or a cell that it does not have, or
/// there are too many verdicts.
pub(super) fn looked_up(names: &Names, limits: Option<&Limits>) -> Result<Vec<CheckedClaim>, Vec<Fault>> {
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    for (i, claim) in names.claims.iter().enumerate() {
        all.extend(one(names, i, claim, &mut faults));
    }
    let of_cells = all.iter().filter(|claim| !claim.quantity.is_of_analysis());
    let verdicts =
        of_cells.fold(0u64, |sum, claim| sum.saturating_add(names.sweep.selected_count(&claim.cells)));
    if let Some(most) = limits.map(|limits| limits.verdicts).filter(|most| verdicts > *most) {
        let detail = format!(
            "{verdicts} verdicts (one for each claim and each cell to which it applies), at most {most} are allowed: \
             restrict the cells by coordinates in `at`"
        );
        faults.push(Fault::new("/claims", detail));
    }
    if faults.is_empty() { Ok(all) } else { Err(faults) }
}

fn one(names: &Names, i: usize, claim: &Claim, faults: &mut Vec<Fault>) -> Option<CheckedClaim> {
    let at = |field: &str| format!("/claims/{i}/{field}");
    let before = faults.len();
    let quantity = ClaimedQuantity::named(&claim.quantity);
    if let ClaimedQuantity::Measured(name) = &quantity
        && !(names.is_measured)(name)
    {
        faults.push(Fault::new(at("quantity"), format!("no estimator of this job yields {name:?}")));
    }
    if claim.minus.is_some() && claim.over.is_some() {
        faults.push(Fault::new(at("over"), "`over` and `minus` are mutually exclusive"));
    }
    if claim.of == Middle::Median && (quantity.is_of_analysis() || claim.over.is_some()) {
        let detail = "a median is one of measured quantities, alone or with `minus`";
        faults.push(Fault::new(at("of"), detail));
    }
    if claim.of == Middle::Median && matches!(quantity, ClaimedQuantity::Ledger(_)) {
        faults.push(Fault::new(at("of"), "an exactly known number has no median"));
    }
    let mut selection = |field: &str, coordinates: &Coordinates| {
        let found = names.sweep.selection(coordinates);
        found.map_err(|nowhere| faults.push(Fault::new(at(field), no_such_cell(names.sweep, &nowhere)))).ok()
    };
    let (mut cells, mut minus, mut over) = (Some(Selection::default()), None, None);
    if quantity.is_of_analysis() {
        for (field, other) in [("minus", &claim.minus), ("over", &claim.over)] {
            let detail = "`minus` and `over` work on measured quantities only; compare analysis quantities with a number";
            faults.extend(other.as_ref().map(|_| Fault::new(at(field), detail)));
        }
    } else {
        cells = selection("at", &claim.at);
        minus = claim.minus.as_ref().and_then(|other| selection("minus", other));
        over = claim.over.as_ref().and_then(|other| selection("over", other));
    }
    let other = minus.map(Other::Minus).or(over.map(Other::Over));
    let cells = cells.filter(|_| faults.len() == before)?;
    Some(CheckedClaim { claim: claim.clone(), quantity, cells, other })
}

/// The message for coordinates that no cell has.
fn no_such_cell(sweep: &Sweep, nowhere: &Nowhere) -> String {
    const MOST: usize = 8;
    let listed = |values: Vec<String>| {
        let more = if values.len() > MOST { ", .." } else { "" };
        format!("{}{more}", values[..values.len().min(MOST)].join(", "))
    };
    let axes = sweep.axes();
    match axes.iter().find(|axis| nowhere.is_axis && axis.path == nowhere.path) {
        Some(axis) => {
            let values = listed(axis.values.iter().map(ToString::to_string).collect());
            format!("no cell of the sweep has this value of {}; its values are {values}", axis.path)
        }
        None if axes.is_empty() => format!("there is no axis {:?}: the job has no sweep", nowhere.path),
        None => {
            let paths = listed(axes.iter().map(|axis| axis.path.clone()).collect());
            format!("there is no axis {:?}; the axes of the sweep are {paths}", nowhere.path)
        }
    }
}
