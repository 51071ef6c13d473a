//! Networks of several sizes: what each learns, memorizes and makes up, against its trainable
//! parameters.

use std::collections::BTreeSet;

use super::Scale;
use super::subject::Subject;
use super::titles::{seeds, title};
use super::{Axis, Figure, Panel, Point, Series};
use crate::evaluation::Evaluation;
use crate::evaluation::results::CellResult;
use crate::science::estimator::{Quantity, all_quantities};
use crate::science::family::Family;
use crate::spec::{Coordinates, Fault};
use crate::words::{setting, spoken};

/// What is drawn where it is measured, a row of panels each.
const QUANTITIES: [&str; 4] =
    ["structure_bits", "memorized_bits", "valid_samples", "generalization_gap_bits"];

/// Sizes of one kind of network that make a curve.
const LEAST_SIZES: usize = 3;

/// Whether a job has samples of generative networks of several sizes.
pub(super) fn applies(evaluation: &Evaluation) -> bool {
    let makes_samples =
        evaluation.spec.estimators().flat_map(|e| e.quantities()).any(|q| q.name == "valid_samples");
    makes_samples && has_sizes(evaluation)
}

fn has_sizes(evaluation: &Evaluation) -> bool {
    let kind = |cell: usize| evaluation.spec.cell(cell).network.kind().to_string();
    let sizes: BTreeSet<_> =
        cells(evaluation).map(|(cell, result)| (kind(cell), result.parameters)).collect();
    let count = |of: &String| sizes.iter().filter(|(kind, _)| kind == of).count();
    evaluation.spec.search().is_none() && sizes.iter().any(|(kind, _)| count(kind) >= LEAST_SIZES)
}

fn cells(evaluation: &Evaluation) -> impl Iterator<Item = (usize, &CellResult)> {
    evaluation.results.iter().enumerate()
}

/// Draws one panel for each quantity and setting of the data, one series for each kind of network and
/// setting of what is neither network nor data.
pub fn figure(subject: &Subject) -> Result<Figure, Vec<Fault>> {
    let asked = [("/x", subject.x), ("/y", subject.y)].into_iter().filter(|(_, asked)| asked.is_some());
    let detail = "the axes of a figure of sizes are fixed: omit the parameter or use kind=measurement";
    let mut faults: Vec<Fault> = asked.map(|(place, _)| Fault::new(place, detail)).collect();
    let evaluation = subject.evaluation;
    if !has_sizes(evaluation) {
        let detail = "this job has no network of three or more sizes to draw";
        faults.push(Fault::new("/kind", detail));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let job = &evaluation.spec;
    let axes: Vec<&str> = job.sweep().axes().iter().map(|axis| axis.path.as_str()).collect();
    let changes = |of: &dyn Fn(usize) -> String, axis: &str| {
        let rest = |cell: &Coordinates| {
            let mut rest = cell.clone();
            rest.0.remove(axis);
            setting(&rest)
        };
        let seen = |with: bool| -> BTreeSet<(String, String)> {
            let each = cells(evaluation);
            each.map(|(i, r)| (rest(&r.cell), if with { of(i) } else { String::new() })).collect()
        };
        seen(true).len() > seen(false).len()
    };
    let network = |cell: usize| serde_json::to_string(&job.cell(cell).network).unwrap_or_default();
    let data = |cell: usize| serde_json::to_string(&job.cell(cell).dataset).unwrap_or_default();
    let (of_data, rest): (Vec<&str>, Vec<&str>) = axes.iter().partition(|axis| changes(&data, axis));
    let others: Vec<&str> = rest.into_iter().filter(|axis| !changes(&network, axis)).collect();
    let known = all_quantities();
    let measured = QUANTITIES.iter().filter_map(|name| known.iter().find(|(_, q)| q.name == *name));
    let settings = distinct(evaluation, &of_data);
    let mut panels = Vec::new();
    for (_, quantity) in measured {
        panels.extend(settings.iter().filter_map(|place| panel(evaluation, quantity, place, &others)));
    }
    let legend = [&["network"], &others[..]].concat().join(", ");
    Ok(Figure {
        title: title(job, "networks of several sizes"),
        subtitle: format!("against trainable parameters; {}", seeds(subject)),
        legend,
        panels,
        notes: Vec::new(),
        columns: None,
    })
}

/// The part of a cell's coordinates on some axes.
fn part(cell: &Coordinates, axes: &[&str]) -> Coordinates {
    let own = axes.iter().filter_map(|axis| Some(((*axis).to_owned(), cell.0.get(*axis)?.clone())));
    Coordinates(own.collect())
}

fn distinct(evaluation: &Evaluation, axes: &[&str]) -> Vec<Coordinates> {
    let mut all: Vec<Coordinates> = Vec::new();
    for (_, result) in cells(evaluation) {
        let place = part(&result.cell, axes);
        if !all.contains(&place) {
            all.push(place);
        }
    }
    all
}

/// A quantity where the data is so; `None` where nothing is measured.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
fn panel(evaluation: &Evaluation, quantity: &Quantity, data: &Coordinates, others: &[&str]) -> Option<Panel> {
    let on: Vec<&str> = data.0.keys().map(String::as_str).collect();
    let mut series: Vec<Series> = Vec::new();
    for (cell, result) in cells(evaluation).filter(|(_, result)| part(&result.cell, &on) == *data) {
        let kind = evaluation.spec.cell(cell).network.kind().to_string();
        let rest = setting(&part(&result.cell, others));
        let label = if others.is_empty() { kind } else { format!("{kind}, {rest}") };
        let place = series.iter().position(|known| known.label == label).unwrap_or_else(|| {
            series.push(Series {
                label,
                style: series.len(),
                is_joined: true,
                is_context: false,
                points: Vec::new(),
            });
            series.len() - 1
        });
        let Some(interval) = result.measurements.get(quantity.name).map(|m| m.interval) else { continue };
        let point = Point::new(result.parameters as f64, interval.mean);
        let y_interval = interval.ci95_low.zip(interval.ci95_high);
        series[place].points.push(Point { y_interval, ..point });
    }
    series.iter_mut().for_each(|one| one.points.sort_by(|a, b| a.x.total_cmp(&b.x)));
    let points = || series.iter().flat_map(|one| &one.points);
    points().next()?;
    let sizes = evaluation.results.iter().map(|result| result.parameters as f64);
    let x = Axis::over("trainable parameters".into(), Scale::Log10, sizes, Vec::new());
    let spoken = spoken(quantity.name);
    let has_unit = spoken.ends_with(quantity.unit.name());
    let label = if has_unit { spoken } else { format!("{spoken} ({})", quantity.unit.name()) };
    let y = Axis::over(label, Scale::Linear, points().flat_map(Point::y_ends).chain([0.0]), Vec::new());
    Some(Panel { title: setting(data), x, y, series, overlays: Vec::new(), has_key: false })
}
