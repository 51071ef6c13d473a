//! Every knob on one axis: memorized bits against gaps, with predictions of theory.

use super::Scale;
use super::subject::Subject;
use super::titles::{seeds, title};
use super::{Axis, Figure, Mark, Overlay, Panel, Point, Series};
use crate::evaluation::analysis::{CellRegularization, NOISE_BITS, RegularizationPoint};
use crate::science::analysis::interval::Interval;
use crate::science::bits::{Bits, Nats};
use crate::spec::Fault;
use crate::spec::quantity::Gap;
use crate::words::{setting, spoken};

/// Bits below 0 that are still told apart, as a share of what the baseline keeps.
const BELOW: f64 = 0.2;

/// Draws one panel for each gap and setting of the data.
pub fn figure(subject: &Subject) -> Result<Figure, Vec<Fault>> {
    let asked = [("/x", subject.x), ("/y", subject.y)].into_iter().filter(|(_, asked)| asked.is_some());
    let detail = "the axes of a regularization figure are fixed: omit the parameter or use kind=measurement";
    let mut faults: Vec<Fault> = asked.map(|(place, _)| Fault::new(place, detail)).collect();
    let all = &subject.evaluation.analyses.regularization;
    if all.is_empty() {
        let detail = "this job has no regularization analysis to draw: it needs a sweep over at least two knobs, and \
                      measurements of noise_bits and of a gap (estimator generalization_gap)";
        faults.push(Fault::new("/kind", detail));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let panels = all.iter().flat_map(|one| DRAWN.iter().filter_map(|gap| panel(one, *gap)));
    let mut notes: Vec<String> =
        all.iter().flat_map(|all| all.claimed(subject.job())).map(|spread| spread.says.clone()).collect();
    notes.push(
        "curves start at the unrestricted network; points outside an axis are drawn at its end".to_owned(),
    );
    Ok(Figure {
        title: title(subject.job(), "the regularization axis"),
        subtitle: format!("memorized noise bits against gaps; {}", seeds(subject)),
        legend: "knob".to_owned(),
        panels: panels.collect(),
        notes,
        columns: None,
    })
}

/// Gaps that are drawn, those of other kinds being in the table.
const DRAWN: [Gap; 5] =
    [Gap::GeneralizationGap, Gap::RecalibratedGap, Gap::Error, Gap::TestError, Gap::Optimism];

/// Bits on the axis: by the strongest decoder, where there is one.
fn bits_of(point: &RegularizationPoint) -> Option<(&str, &Interval)> {
    let names = ["noise_bits_strongest", NOISE_BITS];
    names.into_iter().find_map(|name| Some((name, point.bits.get(name)?)))
}

fn panel(all: &CellRegularization, gap: Gap) -> Option<Panel> {
    let start = place(&all.baseline, gap)?;
    let mut series: Vec<Series> = vec![Series {
        label: "none".to_owned(),
        style: 0,
        is_joined: false,
        is_context: false,
        points: vec![start],
    }];
    for point in &all.points {
        let Some(place) = place(point, gap) else { continue };
        match series.iter_mut().find(|known| known.label == point.knob) {
            Some(known) => known.points.push(place),
            None => series.push(Series {
                label: point.knob.clone(),
                style: series.len(),
                is_joined: true,
                is_context: false,
                // every knob leads away from the network without any
                points: vec![Point::new(start.x, start.y), place],
            }),
        }
    }
    let least = -BELOW * start.x;
    let across = series.iter().flat_map(|series| &series.points).map(|point| point.x.max(least));
    let x = Axis::over(across_label(all), Scale::Linear, across.chain([0.0]), Vec::new());
    let label = format!("{} ({})", spoken(gap.name().trim_end_matches("_bits")), gap.unit());
    let up = series.iter().flat_map(|series| &series.points).flat_map(Point::y_ends);
    let y = Axis::over(label, Scale::Linear, up.chain([0.0]), Vec::new());
    let mut overlays = overlays(gap, all, x.ends.1, y.ends.1);
    overlays.extend(gibbs(gap, all));
    Some(Panel { title: setting(&all.cell), x, y, series, overlays, has_key: false })
}

fn across_label(all: &CellRegularization) -> String {
    let is_strongest = bits_of(&all.baseline).is_some_and(|(name, _)| name != NOISE_BITS);
    let decoder = if is_strongest { ", strongest decoder" } else { "" };
    format!("memorized noise (bits{decoder})")
}

fn place(point: &RegularizationPoint, gap: Gap) -> Option<Point> {
    let ends = |interval: &Interval| interval.ci95_low.zip(interval.ci95_high);
    let (bits, gap) = (bits_of(point)?.1, point.gaps.get(gap.name())?);
    Some(Point { x: bits.mean, y: gap.mean, x_interval: ends(bits), y_interval: ends(gap) })
}

/// What theory says of so many bits, as far as both axes reach; docs/math/regularization.md.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
fn overlays(gap: Gap, all: &CellRegularization, most_bits: f64, most_gap: f64) -> Vec<Overlay> {
    const PIECES: u32 = 60;
    let n = all.samples as f64;
    let curve = |label: &str, mark: Mark, of: &dyn Fn(f64) -> f64| {
        let bits = (0..=PIECES).map(|i| most_bits * f64::from(i) / f64::from(PIECES));
        let points = bits.map(|bits| (bits, of(bits))).filter(|(_, gap)| *gap <= most_gap).collect();
        Overlay { label: label.to_owned(), mark, series: None, points, band: None }
    };
    if gap == Gap::TestError {
        // theory is of gaps: of the error alone it says nothing
        return Vec::new();
    }
    if gap == Gap::Error {
        let bound = |bits: f64| libm::sqrt(Nats::from(Bits(bits)).0 / (2.0 * n));
        return vec![curve(
            "a guide, no bound: sqrt(I / 2n) with a lower bound of I (Xu & Raginsky)",
            Mark::LongDashed,
            &bound,
        )];
    }
    vec![
        curve("2 bits/n: optimism of projections", Mark::Dashed, &|bits| 2.0 * bits / n),
        curve("bits/n: optimism of weak shrinkage", Mark::Dotted, &|bits| bits / n),
    ]
}

/// What a Gibbs law of its temperature would leave at least, at the places of settings that
/// have one.
fn gibbs(gap: Gap, all: &CellRegularization) -> Option<Overlay> {
    let least = |point: &RegularizationPoint| {
        let least = *point.theory.get("gibbs_least_gap_bits")?;
        Some((place(point, gap)?.x, least)).filter(|(bits, _)| *bits > 0.0)
    };
    let points: Vec<(f64, f64)> = all.points.iter().filter_map(least).collect();
    let is_drawn = gap == Gap::GeneralizationGap && !points.is_empty();
    let label = "Gibbs: lower bound, temperature times bits".to_owned();
    is_drawn.then_some(Overlay { label, mark: Mark::AtLeast, series: None, points, band: None })
}
