//! The axes of a sweep: read, kept apart from what a search chooses, and where their faults lie.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::axis::{SweepAxis, spelled_out};
use super::super::document::Axis;
use super::super::fault::Fault;
use super::super::read::read;

/// A search chooses samples and learning rate itself: they need not be stated, and cannot
/// be swept over. Says whether the samples were stated.
pub(super) fn prepare_search(base: &mut Value, axes: &[SweepAxis], faults: &mut BTreeSet<Fault>) -> bool {
    if base.get("search").is_none_or(Value::is_null) {
        return true;
    }
    let own = ["/dataset/samples", "/training/learning_rate"];
    for (i, _) in axes.iter().enumerate().filter(|(_, axis)| own.iter().any(|o| axis.pointers().contains(o)))
    {
        faults.insert(Fault::new(
            format!("/sweep/{i}/path"),
            "is chosen by the search and cannot be swept over",
        ));
    }
    if let Some(dataset) = base.get_mut("dataset").and_then(Value::as_object_mut)
        && !dataset.contains_key("samples")
    {
        dataset.insert("samples".into(), PLACEHOLDER.into());
        return false;
    }
    true
}

/// Samples of a spec that leaves them to a search, until it has chosen.
const PLACEHOLDER: u64 = 64;

/// The axes, if none of them is at fault.
pub(super) fn read_axes(sweep: Option<Value>, faults: &mut BTreeSet<Fault>) -> Vec<SweepAxis> {
    let Some(sweep) = sweep else { return Vec::new() };
    let (axes, found) = read::<Vec<Axis>>(sweep);
    let mut found: Vec<Fault> =
        found.into_iter().map(|f| Fault::new(format!("/sweep{}", f.pointer), f.detail)).collect();
    let axes = axes.map(|axes| spelled_out(&axes));
    let usable = if found.is_empty() { axes } else { None };
    match usable {
        Some(Ok(axes)) => return axes,
        Some(Err(more)) => found.extend(more),
        None => {}
    }
    faults.extend(found);
    Vec::new()
}

/// A fault inside a swept field lies in the axis' values, or in its path when
/// there is no such field.
pub(super) fn onto_axis(fault: Fault, axes: &[SweepAxis], chosen: &[usize]) -> Fault {
    for (i, (axis, choice)) in axes.iter().zip(chosen).enumerate() {
        let Some((place, rest)) = axis.origin(*choice, &fault.pointer) else { continue };
        let unknown = rest.is_empty() && fault.detail.starts_with("unknown field");
        let place =
            if unknown && place.starts_with("values") { "path".to_owned() } else { format!("{place}{rest}") };
        return Fault::new(format!("/sweep/{i}/{place}"), fault.detail);
    }
    fault
}
