//! What the job's claims expect of a quantity, with what they allow, beside what was measured.

use super::across::Across;
use super::rows::Row;
use crate::figure::grouping::Grouping;
use crate::figure::subject::Subject;
use crate::figure::{Mark, Overlay};
use crate::spec::claim::{Claim, Relation};
use crate::words::number;

/// The expected numbers of a panel. What compares cells with others is no number of its own
/// and is left out.
pub fn overlays(
    subject: &Subject,
    quantity: &str,
    rows: &[Row],
    grouping: &Grouping,
    panel: usize,
    across: &Across,
) -> Vec<Overlay> {
    let about = |claim: &&Claim| claim.quantity == quantity && claim.minus.is_none() && claim.over.is_none();
    let claims = subject.job().claims().iter().map(|checked| &checked.claim).filter(about);
    claims.flat_map(|claim| of_claim(claim, rows, grouping, panel, across)).collect()
}

fn of_claim(claim: &Claim, rows: &[Row], grouping: &Grouping, panel: usize, across: &Across) -> Vec<Overlay> {
    let groups: Vec<&Vec<usize>> =
        grouping.groups.iter().filter(|group| group.panel == panel).map(|group| &group.cells).collect();
    // where on the axis each series is claimed of, and where it is at all
    let places = |cells: &[usize], is_claimed: bool| -> Vec<f64> {
        let own =
            cells.iter().map(|&cell| &rows[cell]).filter(|row| !is_claimed || claim.is_about(&row.cell));
        let mut places: Vec<f64> = own.filter_map(|row| across.number(&row.x)).collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        places
    };
    let claimed: Vec<Vec<f64>> = groups.iter().map(|cells| places(cells, true)).collect();
    let there: Vec<Vec<f64>> = groups.iter().map(|cells| places(cells, false)).collect();
    let is_common =
        |x: &f64| claimed.iter().zip(&there).all(|(own, all)| own.contains(x) || !all.contains(x));
    let mut common: Vec<f64> = claimed.iter().flatten().copied().filter(is_common).collect();
    common.sort_by(f64::total_cmp);
    common.dedup();
    let mut overlays: Vec<Overlay> =
        (!common.is_empty()).then(|| overlay(claim, None, &common, across)).into_iter().collect();
    for (series, own) in claimed.iter().enumerate() {
        let own: Vec<f64> = own.iter().copied().filter(|x| !common.contains(x)).collect();
        overlays.extend((!own.is_empty()).then(|| overlay(claim, Some(series), &own, across)));
    }
    overlays
}

fn overlay(claim: &Claim, series: Option<usize>, places: &[f64], across: &Across) -> Overlay {
    let is_curve = across.is_numeric() && places.len() > 1 && series.is_none();
    let (mark, label) = match claim.relation {
        Relation::Equal if is_curve => (Mark::Dashed, "expected"),
        Relation::Equal => (Mark::Level, "expected"),
        Relation::AtMost => (Mark::AtMost, "expected: at most"),
        Relation::AtLeast => (Mark::AtLeast, "expected: at least"),
    };
    let points = places.iter().map(|&x| (x, claim.expected)).collect();
    let tolerance = claim.tolerance;
    let band = (tolerance > 0.0).then_some(match claim.relation {
        Relation::Equal => (tolerance, tolerance),
        Relation::AtMost => (0.0, tolerance),
        Relation::AtLeast => (tolerance, 0.0),
    });
    let label = match band {
        Some(_) => format!("{label}, shaded: tolerance {}", number(tolerance)),
        None => label.to_owned(),
    };
    Overlay { label, mark, series, points, band }
}
