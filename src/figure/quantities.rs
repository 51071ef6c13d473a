//! All quantities of one estimator against an axis of the sweep, a panel each: the quality of gradients,
//! and how far training explores.

use super::Figure;
use super::measurement::of_quantities;
use super::subject::Subject;
use super::titles::{seeds, title};
use crate::science::estimator::{Quantity, all_quantities};
use crate::spec::Fault;

/// Panels of one figure.
const MOST_PANELS: usize = 6;

/// What minibatches make of gradients.
pub fn gradients(subject: &Subject) -> Result<Figure, Vec<Fault>> {
    figure(subject, "gradient_quality", "quality of gradients")
}

/// Escapes, success and stationary variance.
pub fn exploration(subject: &Subject) -> Result<Figure, Vec<Fault>> {
    figure(subject, "exploration", "exploration")
}

fn figure(subject: &Subject, estimator: &str, words: &str) -> Result<Figure, Vec<Fault>> {
    let own = |quantity: &Quantity| {
        all_quantities()
            .iter()
            .any(|(kind, known)| kind.to_string() == estimator && known.name == quantity.name)
    };
    let mut known: Vec<Quantity> = Vec::new();
    for quantity in subject.job().estimators().flat_map(|estimator| estimator.quantities()) {
        if own(quantity) && known.iter().all(|other| other.name != quantity.name) {
            known.push(*quantity);
        }
    }
    let mut faults = Vec::new();
    if known.is_empty() {
        let detail = format!("this job measures none of it: add the estimator {estimator}");
        faults.push(Fault::new("/kind", detail));
    }
    let names: Vec<&str> = known.iter().map(|quantity| quantity.name).collect();
    if let Some(asked) = subject.y.filter(|asked| !names.is_empty() && !names.contains(asked)) {
        faults.push(Fault::new("/y", format!("`{asked}` is none of {}", names.join(", "))));
    }
    known.sort_by_key(|quantity| !quantity.headline);
    known.retain(|quantity| subject.y.is_none_or(|asked| asked == quantity.name));
    let drawn = if faults.is_empty() { of_quantities(subject, &known) } else { Err(Vec::new()) };
    let (mut panels, grouping) = drawn.map_err(|others| [faults, others].concat())?;
    let mut notes: Vec<String> =
        Some(grouping.left_out).filter(|note| !note.is_empty()).into_iter().collect();
    if panels.len() > MOST_PANELS {
        panels.truncate(MOST_PANELS);
        notes.push(format!(
            "{MOST_PANELS} of {} quantities; the parameter y shows any one of them: {}",
            names.len(),
            names.join(", ")
        ));
    }
    Ok(Figure {
        title: title(subject.job(), words),
        subtitle: format!("{words}; {}", seeds(subject)),
        legend: grouping.legend,
        panels,
        notes,
        columns: None,
    })
}
