//! Capacity against the number of parameters, with the line that fits each network's sizes.

use serde_json::Value;

use super::subject::Subject;
use super::titles::{fixed_axes, seeds, title};
use super::{Axis, Figure, Mark, Overlay, Panel, Point, Scale, Series};
use crate::evaluation::analysis::{CellCapacity, CellScaling};
use crate::science::analysis::scaling::Estimate;
use crate::spec::Fault;
use crate::words::{number, setting};

/// Places along a fitted line, which is bent on logarithmic axes.
const PIECES: u32 = 40;

/// Draws every size of every network, and the fits.
pub fn figure(subject: &Subject) -> Result<Figure, Vec<Fault>> {
    let analyses = &subject.evaluation.analyses;
    let mut faults = fixed_axes(subject, "scaling");
    if analyses.scaling.is_empty() {
        let detail =
            "this job has no scaling to draw: it needs the capacity of at least three sizes of a network";
        faults.push(Fault::new("/kind", detail));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let of_line = |line: &CellScaling| -> Vec<Point> {
        let own = analyses.capacity.iter().filter(|capacity| is_of(subject, capacity, line));
        let mut points: Vec<Point> = own.map(point).collect();
        points.sort_by(|a, b| a.x.total_cmp(&b.x));
        points
    };
    let lines: Vec<(&CellScaling, Vec<Point>)> =
        analyses.scaling.iter().map(|line| (line, of_line(line))).collect();
    let points = || lines.iter().flat_map(|(_, points)| points);
    let x = Axis::over("parameters".into(), Scale::Log10, points().map(|point| point.x), Vec::new());
    let is_positive = points().all(|point| point.y > 0.0);
    let scale = if is_positive { Scale::Log10 } else { Scale::Linear };
    let ends = points().flat_map(|point| point.y_ends().into_iter().chain([point.y]));
    let y = Axis::over("capacity (bits)".into(), scale, ends, Vec::new());
    let name = |line: &CellScaling| match setting(&line.cell) {
        words if words.is_empty() => "capacity, 95 % interval".to_owned(),
        words => words,
    };
    let series = lines.iter().enumerate().map(|(style, (line, points))| Series {
        label: name(line),
        style,
        is_joined: false,
        is_context: false,
        points: points.clone(),
    });
    let overlays = lines.iter().enumerate().map(|(i, (line, points))| Overlay {
        label: "linear fit".into(),
        mark: Mark::Dashed,
        series: Some(i),
        points: fit(line, points),
        band: None,
    });
    let panel = Panel {
        title: String::new(),
        series: series.collect(),
        overlays: overlays.collect(),
        x,
        y,
        has_key: false,
    };
    Ok(Figure {
        title: title(subject.job(), "capacity against size"),
        subtitle: format!("capacity against trainable parameters; {}", seeds(subject)),
        legend: "network".to_owned(),
        panels: vec![panel],
        notes: lines.iter().map(|(line, _)| note(line)).collect(),
        columns: None,
    })
}

#[expect(clippy::cast_precision_loss, reason = "parameter counts are far below 2^53")]
fn point(capacity: &CellCapacity) -> Point {
    let interval = &capacity.estimate.capacity_bits.interval;
    let y_interval = interval.ci95_low.zip(interval.ci95_high);
    Point { y_interval, ..Point::new(capacity.estimate.parameters as f64, interval.mean) }
}

/// Whether a capacity is one of a line's sizes: its coordinates, and the words of its network, are the
/// line's.
fn is_of(subject: &Subject, capacity: &CellCapacity, line: &CellScaling) -> bool {
    let job = subject.job();
    let cell = job.sweep().selection(&capacity.cell).ok();
    let cell = cell.and_then(|selection| job.sweep().selected(&selection).next());
    let network = cell.map(|cell| serde_json::to_value(job.cell(cell).network).unwrap_or_default());
    line.cell.0.iter().all(|(path, value)| {
        let below = path.strip_prefix("/network").unwrap_or(path);
        let own = capacity.cell.0.get(path);
        own.or_else(|| network.as_ref().and_then(|network: &Value| network.pointer(below))) == Some(value)
    })
}

fn fit(line: &CellScaling, points: &[Point]) -> Vec<(f64, f64)> {
    let (slope, intercept) = (line.scaling.bits_per_parameter.value, line.scaling.intercept_bits.value);
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    let at = |i: u32| first.x * libm::pow(last.x / first.x, f64::from(i) / f64::from(PIECES));
    (0..=PIECES).map(|i| (at(i), intercept + slope * at(i))).filter(|(_, bits)| *bits > 0.0).collect()
}

fn note(line: &CellScaling) -> String {
    let estimate = |estimate: &Estimate| match estimate.ci95_low.zip(estimate.ci95_high) {
        Some((low, high)) => format!("{} [{}, {}]", number(estimate.value), number(low), number(high)),
        None => number(estimate.value),
    };
    let place = setting(&line.cell);
    let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
    let fit = &line.scaling;
    let exponent = fit.exponent.as_ref().map(|exponent| format!(", exponent {}", estimate(exponent)));
    format!(
        "{place}{} bits/parameter, intercept {} bits{} over {} sizes",
        estimate(&fit.bits_per_parameter),
        estimate(&fit.intercept_bits),
        exponent.unwrap_or_default(),
        fit.sizes
    )
}
