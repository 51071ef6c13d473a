//! Rate against distortion: what passes a code, what is lost there, and the least rate that theory
//! allows at that loss.

use super::grouping::{Grouping, together};
use super::measurement::rows::{self, Row};
use super::subject::Subject;
use super::titles::{fixed_axes, seeds, title};
use super::{Axis, Figure, Mark, Overlay, Panel, Point, Scale, Series};
use crate::science::estimator::all_quantities;
use crate::spec::{Coordinates, Fault};
use crate::words::spoken;

const RATE: &str = "rate_bits";
/// What is lost, and the least rate at that loss where it is known.
const LOST: [(&str, Option<&str>); 2] =
    [("distortion_bits", None), ("noisy_held_out_squared_error", Some("least_bits"))];

/// Draws the rate against each kind of loss that is measured.
pub fn figure(subject: &Subject) -> Result<Figure, Vec<Fault>> {
    let mut faults = fixed_axes(subject, "rate-distortion");
    let results = &subject.evaluation.results;
    let is_measured = |name: &str| results.iter().any(|result| result.measurements.contains_key(name));
    let kinds = LOST.iter().filter(|(lost, _)| is_measured(lost) && is_measured(RATE));
    let kinds: Vec<&(&str, Option<&str>)> = kinds.collect();
    if kinds.is_empty() {
        let detail =
            "this job has no rate and distortion to draw: it needs a vae and the estimator rate_distortion";
        faults.push(Fault::new("/kind", detail));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let sweep = rows::sweep(subject);
    let along = sweep.axis(None).map_err(|fault| vec![fault])?;
    let of = |name: &str| -> Vec<Row> { sweep.rows(subject, name, along) };
    let rates = of(RATE);
    let cells: Vec<Coordinates> = rates.iter().map(|row| row.cell.clone()).collect();
    let grouping = together(&cells, &sweep.others(along));
    let panels = kinds.iter().map(|(lost, least)| {
        let least = least.map(of).unwrap_or_default();
        panel(lost, &of(lost), &rates, &least, &grouping)
    });
    Ok(Figure {
        title: title(subject.job(), "rate and distortion"),
        subtitle: format!(
            "bits that pass the code for each sample, against what is lost; {}",
            seeds(subject)
        ),
        legend: grouping.legend.clone(),
        panels: panels.collect(),
        notes: vec!["the rate is an upper bound of I(X; Z)".to_owned()],
        columns: None,
    })
}

fn panel(lost: &str, losses: &[Row], rates: &[Row], least: &[Row], grouping: &Grouping) -> Panel {
    let point = |&cell: &usize| {
        let (loss, rate) = (losses.get(cell)?, rates.get(cell)?);
        Some(Point { x: loss.mean?, y: rate.mean?, x_interval: loss.interval, y_interval: rate.interval })
    };
    let series: Vec<Series> = grouping
        .groups
        .iter()
        .map(|group| {
            let mut points: Vec<Point> = group.cells.iter().filter_map(point).collect();
            points.sort_by(|a, b| a.x.total_cmp(&b.x));
            let label = if group.label.is_empty() { "measured".to_owned() } else { group.label.clone() };
            Series { label, style: group.style, is_joined: true, is_context: false, points }
        })
        .collect();
    let mut bound: Vec<(f64, f64)> =
        losses.iter().zip(least).filter_map(|(loss, least)| Some((loss.mean?, least.mean?))).collect();
    bound.sort_by(|a, b| a.0.total_cmp(&b.0));
    let points = || series.iter().flat_map(|series| &series.points);
    let across = points().flat_map(Point::x_ends);
    let up = points().flat_map(Point::y_ends).chain(bound.iter().map(|(_, bits)| *bits)).chain([0.0]);
    let unit = all_quantities().into_iter().find(|(_, quantity)| quantity.name == lost);
    let unit = unit.map(|(_, quantity)| quantity.unit.name().to_owned()).unwrap_or_default();
    let x = Axis::over(
        format!("{} ({unit})", spoken(lost.trim_end_matches("_bits"))),
        Scale::Linear,
        across,
        Vec::new(),
    );
    let y = Axis::over("rate (bits/sample)".into(), Scale::Linear, up, Vec::new());
    let label = "R(D): the least rate at that error".to_owned();
    let overlays = (!bound.is_empty()).then_some(Overlay {
        label,
        mark: Mark::Dashed,
        series: None,
        points: bound,
        band: None,
    });
    Panel { title: String::new(), x, y, series, overlays: overlays.into_iter().collect(), has_key: false }
}
