//! Differences between settings, paired by replicate, as a forest: one line a difference, the
//! reference at zero.

use super::subject::Subject;
use super::titles::{seeds, title};
use super::{Axis, Figure, Mark, Overlay, Panel, Point, Scale, Series};
use crate::evaluation::analysis::CellComparison;
use crate::spec::{Coordinates, Fault};
use crate::words::{brief, setting, short, spoken};

/// Quantities of one figure.
const MOST_PANELS: usize = 4;
/// Differences of one panel.
const MOST_LINES: usize = 24;

/// Draws the differences of the quantity that was asked for, or of the first few.
pub fn figure(subject: &Subject) -> Result<Figure, Vec<Fault>> {
    let all = &subject.evaluation.analyses.comparison;
    let mut names: Vec<&str> = Vec::new();
    for one in all {
        if !names.contains(&one.quantity.as_str()) {
            names.push(&one.quantity);
        }
    }
    let faults = faults(subject, &names);
    if !faults.is_empty() {
        return Err(faults);
    }
    // those that the claims are about come first
    let claims = || subject.job().claims().iter().map(|checked| checked.claim.quantity.as_str());
    names.sort_by_key(|name| !claims().any(|claimed| claimed == *name));
    let shown: Vec<&str> = match subject.y {
        Some(asked) => vec![asked],
        None => names.iter().copied().take(MOST_PANELS).collect(),
    };
    let mut notes =
        vec!["significant: below .05 after Holm's correction over all differences of a quantity".to_owned()];
    if shown.len() < names.len() {
        notes.push(format!("the parameter y shows one quantity; compared are {}", names.join(", ")));
    }
    let mut panels = Vec::new();
    for name in shown {
        let own: Vec<&CellComparison> = all.iter().filter(|one| one.quantity == name).collect();
        if own.len() > MOST_LINES {
            notes.push(format!("{name}: the first {MOST_LINES} of {} differences", own.len()));
        }
        panels.push(panel(&own[..own.len().min(MOST_LINES)]));
    }
    Ok(Figure {
        title: title(subject.job(), "differences"),
        subtitle: format!(
            "difference to the reference of each axis, paired by replicate; {}",
            seeds(subject)
        ),
        legend: String::new(),
        columns: (panels.len() > 1).then_some(2),
        panels,
        notes,
    })
}

fn faults(subject: &Subject, names: &[&str]) -> Vec<Fault> {
    let mut faults = Vec::new();
    if subject.x.is_some() {
        faults.push(Fault::new("/x", "the axes of a figure of differences are fixed: omit the parameter"));
    }
    if names.is_empty() {
        let detail = "this job has no differences to draw: it needs a sweep over an axis with two values, and two replicates";
        faults.push(Fault::new("/kind", detail));
    } else if let Some(asked) = subject.y.filter(|asked| !names.contains(asked)) {
        let detail = format!("`{asked}` is not compared; must be one of {}", names.join(", "));
        faults.push(Fault::new("/y", detail));
    }
    faults
}

#[expect(clippy::cast_precision_loss, reason = "lines are few")]
fn panel(own: &[&CellComparison]) -> Panel {
    // the first line on top
    let height = |i: usize| (own.len() - 1 - i) as f64;
    let names = own.iter().rev().map(|one| line(one)).collect();
    let series = |label: &str, style: usize, is_significant: bool| Series {
        label: label.to_owned(),
        style,
        is_joined: false,
        is_context: false,
        points: own
            .iter()
            .enumerate()
            .filter(|(_, one)| (one.comparison.significant == Some(true)) == is_significant)
            .map(|(i, one)| {
                let difference = &one.comparison.difference;
                let x_interval = difference.ci95_low.zip(difference.ci95_high);
                Point { x_interval, ..Point::new(difference.mean, height(i)) }
            })
            .collect(),
    };
    let series: Vec<Series> = [series("significant", 0, true), series("not significant", 6, false)]
        .into_iter()
        .filter(|series| !series.points.is_empty())
        .collect();
    let numbers: Vec<f64> =
        series.iter().flat_map(|s| &s.points).flat_map(Point::x_ends).chain([0.0]).collect();
    let (name, unit) = own.first().map_or(("", ""), |one| (one.quantity.as_str(), one.unit.as_str()));
    let words = spoken(name);
    let label = format!("difference ({unit})");
    let x = Axis::over(label, Scale::Linear, numbers, Vec::new());
    let y = Axis::over(String::new(), Scale::Categories(names), [], Vec::new());
    let zero = Overlay {
        label: "no difference".into(),
        mark: Mark::Dashed,
        series: None,
        points: vec![(0.0, y.ends.0), (0.0, y.ends.1)],
        band: None,
    };
    Panel { title: words, x, y, series, overlays: vec![zero], has_key: false }
}

/// What differs from what, and where both are.
fn line(one: &CellComparison) -> String {
    let value = |cell: &Coordinates| cell.0.get(&one.axis).map(brief).unwrap_or_default();
    let mut rest = one.cell.clone();
    rest.0.remove(&one.axis);
    let rest = setting(&rest);
    let place = if rest.is_empty() { rest } else { format!(" at {rest}") };
    format!("{} {} against {}{place}", short(&one.axis), value(&one.cell), value(&one.baseline))
}
