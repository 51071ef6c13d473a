//! A quantity against an axis of the sweep, with what the job's claims expect of it.

mod across;
mod claims;
mod rows;

use super::Scale;
use super::grouping::{Grouping, grouped};
use super::subject::Subject;
use super::titles::{seeds, title};
use super::{Axis, Figure, Panel, Point, Series};
use crate::evaluation::results::CellResult;
use crate::science::estimator::{Bound, Quantity};
use crate::spec::Fault;
use crate::words::{setting, spoken};
use across::Across;
use rows::Row;

/// A ratio of values beyond which the axis upward is logarithmic.
const WIDE: f64 = 1000.0;

/// Draws the quantity of each setting.
pub fn figure(subject: &Subject) -> Result<Figure, Vec<Fault>> {
    let sweep = rows::sweep(subject);
    let (quantity, x) = (quantity(subject), sweep.axis(subject.x));
    let (quantity, x) = match (quantity, x) {
        (Ok(quantity), Ok(x)) => (quantity, x),
        (quantity, x) => return Err([quantity.err(), x.err()].into_iter().flatten().collect()),
    };
    let rows: Vec<Row> = sweep.rows(subject, quantity.name, x);
    let others: Vec<&str> = sweep.others(x);
    let cells: Vec<_> = rows.iter().map(|row| row.cell.clone()).collect();
    let grouping = grouped(&cells, &others);
    let across = Across::of(&sweep, x);
    let (panels, labels) = panels(subject, &quantity, &rows, &grouping, &across);
    let bound = match quantity.bound {
        Bound::Exact => "",
        Bound::Lower => " (in expectation a lower bound)",
        Bound::Upper => " (an upper bound)",
        Bound::Null => " (a null: in expectation at most 0)",
    };
    let seeds = if sweep.is_single() { "one point per replicate".to_owned() } else { seeds(subject.job()) };
    Ok(Figure {
        title: title(subject.job(), &spoken(quantity.name)),
        subtitle: format!("{}: {}{bound}; {seeds}", spoken(quantity.name), quantity.definition),
        legend: labels,
        panels,
        notes: [grouping.left_out, without_number(subject, quantity.name)]
            .into_iter()
            .filter(|note| !note.is_empty())
            .collect(),
    })
}

/// Where trials succeeded and the quantity still means nothing; empty when there is no such
/// place. An empty column would look like a number that lies elsewhere.
fn without_number(subject: &Subject, quantity: &str) -> String {
    const MOST: usize = 6;
    let is_silent =
        |result: &&CellResult| result.trials.succeeded > 0 && !result.measurements.contains_key(quantity);
    let places: Vec<String> =
        subject.evaluation.results.iter().filter(is_silent).map(|result| setting(&result.cell)).collect();
    let more =
        if places.len() > MOST { format!(", and {} more", places.len() - MOST) } else { String::new() };
    match places.as_slice() {
        [] => String::new(),
        places => format!("no value at {}{more}", places[..places.len().min(MOST)].join("; ")),
    }
}

/// The quantity that was asked for, or that of the first claim, or the first headline.
fn quantity(subject: &Subject) -> Result<Quantity, Fault> {
    let mut known: Vec<Quantity> = Vec::new();
    for quantity in subject.job().estimators().flat_map(|estimator| estimator.quantities()) {
        if known.iter().all(|other| other.name != quantity.name) {
            known.push(*quantity);
        }
    }
    let named = |name: &str| known.iter().find(|quantity| quantity.name == name).copied();
    if let Some(name) = subject.y {
        let names: Vec<&str> = known.iter().map(|quantity| quantity.name).collect();
        let detail = || format!("no estimator of this job yields it; must be one of {}", names.join(", "));
        return named(name).ok_or_else(|| Fault::new("/y", detail()));
    }
    let claimed = subject.job().claims().iter().find_map(|checked| named(&checked.claim.quantity));
    let headline = known.iter().find(|quantity| quantity.headline).or(known.first()).copied();
    claimed.or(headline).ok_or_else(|| Fault::new("/y", "this job measures nothing"))
}

/// The panels, on the same axes, and what the labels of the series are values of.
fn panels(
    subject: &Subject,
    quantity: &Quantity,
    rows: &[Row],
    grouping: &Grouping,
    across: &Across,
) -> (Vec<Panel>, String) {
    let x_of = |row: &Row| across.number(&row.x);
    let mut panels: Vec<Panel> = Vec::new();
    for (i, title) in grouping.panels.iter().enumerate() {
        let mut series = Vec::new();
        for group in grouping.groups.iter().filter(|group| group.panel == i) {
            let own = group.cells.iter().map(|&row| &rows[row]);
            let mut points: Vec<Point> = own
                .filter_map(|row| {
                    Some(Point { y_interval: row.interval, ..Point::new(x_of(row)?, row.mean?) })
                })
                .collect();
            points.sort_by(|a, b| a.x.total_cmp(&b.x));
            let label = if group.label.is_empty() { "measured".to_owned() } else { group.label.clone() };
            series.push(Series { label, style: group.style, is_joined: across.is_joined, points });
        }
        let overlays = claims::overlays(subject, quantity.name, rows, grouping, i, across);
        let (x, y) = (across.axis(), across.axis());
        panels.push(Panel { title: title.clone(), x, y, series, overlays });
    }
    if panels.is_empty() {
        let (x, y) = (across.axis(), across.axis());
        panels.push(Panel { title: String::new(), x, y, series: Vec::new(), overlays: Vec::new() });
    }
    let y = upward(quantity, &panels);
    for panel in &mut panels {
        panel.y = y.clone();
    }
    (panels, grouping.legend.clone())
}

/// One axis for all panels.
fn upward(quantity: &Quantity, panels: &[Panel]) -> Axis {
    let points = || panels.iter().flat_map(|panel| &panel.series).flat_map(|series| &series.points);
    let expected = panels.iter().flat_map(|panel| &panel.overlays).flat_map(|overlay| &overlay.points);
    let mut numbers: Vec<f64> = points().map(|point| point.y).collect();
    numbers.extend(expected.map(|(_, y)| *y));
    let (low, high) = numbers.iter().fold((f64::INFINITY, 0.0f64), |(l, h), y| (l.min(*y), h.max(*y)));
    let is_wide = low > 0.0 && low.is_finite() && high / low > WIDE;
    if !is_wide {
        numbers.extend(points().flat_map(Point::y_ends));
    }
    let spoken = spoken(quantity.name);
    let has_unit = spoken.ends_with(quantity.unit.name());
    let label = if has_unit { spoken } else { format!("{spoken} ({})", quantity.unit.name()) };
    Axis::over(label, if is_wide { Scale::Log10 } else { Scale::Linear }, numbers, Vec::new())
}
