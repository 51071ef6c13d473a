//! A quantity against an axis of the sweep, with what the job's claims expect of it.

mod across;
mod claims;
pub(super) mod rows;

use super::Scale;
use super::grouping::{Grouping, grouped, together};
use super::subject::Subject;
use super::titles::{seeds, title};
use super::{Axis, Figure, Panel, Point, Series};
use crate::evaluation::Holds;
use crate::evaluation::results::CellResult;
use crate::science::estimator::{Bound, Quantity};
use crate::spec::{Coordinates, Fault};
use crate::words::{setting, spoken};
use across::Across;
use rows::{Row, Sweep};

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
    let (panels, grouping) = drawn(subject, &sweep, x, &quantity, grouped);
    let bound = match quantity.bound {
        Bound::Exact => "",
        Bound::Lower => " (in expectation a lower bound)",
        Bound::Upper => " (an upper bound)",
        Bound::Null => " (a null: in expectation at most 0)",
    };
    let seeds = if sweep.is_single() { "one point per replicate".to_owned() } else { seeds(subject) };
    Ok(Figure {
        title: title(subject.job(), &spoken(quantity.name)),
        subtitle: format!("{}: {}{bound}; {seeds}", spoken(quantity.name), quantity.definition),
        legend: grouping.legend,
        panels,
        notes: [grouping.left_out, without_number(subject, quantity.name)]
            .into_iter()
            .chain(verdicts(subject, quantity.name))
            .filter(|note| !note.is_empty())
            .collect(),
        columns: None,
    })
}

/// Several quantities, a panel each, against one axis.
pub fn of_quantities(
    subject: &Subject,
    quantities: &[Quantity],
) -> Result<(Vec<Panel>, Grouping), Vec<Fault>> {
    let sweep = rows::sweep(subject);
    let x = sweep.axis(subject.x).map_err(|fault| vec![fault])?;
    let mut grouping = None;
    let mut panels = Vec::new();
    for quantity in quantities {
        let (own, groups) = drawn(subject, &sweep, x, quantity, together);
        let is_measured = own.iter().flat_map(|panel| &panel.series).any(|series| !series.points.is_empty());
        panels.extend(own.into_iter().filter(|_| is_measured));
        grouping = Some(groups);
    }
    Ok((panels, grouping.unwrap_or_else(|| together(&[], &[]))))
}

/// The panels of a quantity, and which cells make its series.
fn drawn(
    subject: &Subject,
    sweep: &Sweep,
    x: usize,
    quantity: &Quantity,
    group: fn(&[Coordinates], &[&str]) -> Grouping,
) -> (Vec<Panel>, Grouping) {
    let rows: Vec<Row> = sweep.rows(subject, quantity.name, x);
    let cells: Vec<Coordinates> = rows.iter().map(|row| row.cell.clone()).collect();
    let grouping = group(&cells, &sweep.others(x));
    let panels = panels(subject, quantity, &rows, &grouping, &Across::of(sweep, x));
    (panels, grouping)
}

/// What was decided of the claims about a quantity, in a few words each.
fn verdicts(subject: &Subject, quantity: &str) -> Vec<String> {
    const MOST: usize = 6;
    let mut lines: Vec<(&str, [usize; 3])> = Vec::new();
    for verdict in subject.evaluation.verdicts.iter().filter(|verdict| verdict.quantity == quantity) {
        let place = match verdict.verdict {
            Holds::Yes => 0,
            Holds::No => 1,
            Holds::Open => 2,
        };
        let known = lines.iter().position(|(says, _)| *says == verdict.says).unwrap_or_else(|| {
            lines.push((&verdict.says, [0; 3]));
            lines.len() - 1
        });
        lines[known].1[place] += 1;
    }
    let line = |(says, counts): &(&str, [usize; 3])| {
        let words = ["yes", "no", "open"].into_iter().zip(counts).filter(|(_, count)| **count > 0);
        let words: Vec<String> = match counts.iter().sum::<usize>() {
            1 => words.map(|(word, _)| word.to_owned()).collect(),
            _ => words.map(|(word, count)| format!("{word} {count}")).collect(),
        };
        format!("{}: {says}", words.join(", "))
    };
    lines.iter().take(MOST).map(line).collect()
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

/// The panels, on the same axes.
fn panels(
    subject: &Subject,
    quantity: &Quantity,
    rows: &[Row],
    grouping: &Grouping,
    across: &Across,
) -> Vec<Panel> {
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
            let is_joined = across.is_joined;
            series.push(Series { label, style: group.style, is_joined, is_context: false, points });
        }
        let overlays = claims::overlays(subject, quantity.name, rows, grouping, i, across);
        let (x, y) = (across.axis(), across.axis());
        panels.push(Panel { title: title.clone(), x, y, series, overlays, has_key: false });
    }
    if panels.is_empty() {
        let (x, y) = (across.axis(), across.axis());
        let (series, overlays) = (Vec::new(), Vec::new());
        panels.push(Panel { title: String::new(), x, y, series, overlays, has_key: false });
    }
    let y = upward(quantity, &panels);
    for panel in &mut panels {
        panel.y = y.clone();
    }
    panels
}

/// One axis for all panels.
fn upward(quantity: &Quantity, panels: &[Panel]) -> Axis {
    let points = || panels.iter().flat_map(|panel| &panel.series).flat_map(|series| &series.points);
    let overlays = panels.iter().flat_map(|panel| &panel.overlays);
    let expected = overlays.flat_map(|overlay| {
        let (below, above) = overlay.band.unwrap_or_default();
        overlay.points.iter().flat_map(move |(x, y)| [(*x, y - below), (*x, y + above)])
    });
    let mut numbers: Vec<f64> = points().map(|point| point.y).collect();
    numbers.extend(expected.map(|(_, y)| y));
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
