//! Memorized bits against the bits of the data, with the peak of each curve.

use super::Scale;
use super::grouping::{Group, grouped};
use super::subject::Subject;
use super::titles::{seeds, title};
use super::{Axis, Figure, Mark, Overlay, Panel, Point, Series};
use crate::evaluation::analysis::CellCapacity;
use crate::spec::{Coordinates, Fault};
use crate::words::number;

/// The axis along which capacity is a maximum.
const SAMPLES: &str = "/dataset/samples";

/// Describes the curve of each setting.
pub fn figure(subject: &Subject) -> Result<Figure, Vec<Fault>> {
    let capacities = &subject.evaluation.analyses.capacity;
    let faults = faults(subject);
    if !faults.is_empty() {
        return Err(faults);
    }
    let cells: Vec<Coordinates> = capacities.iter().map(|capacity| capacity.cell.clone()).collect();
    let axes = subject.job().sweep().axes().iter().map(|axis| axis.path.as_str());
    let grouping = grouped(&cells, &axes.filter(|axis| *axis != SAMPLES).collect::<Vec<_>>());
    let of_group = |group| -> Vec<(&Group, &CellCapacity)> {
        let group: &Group = group;
        group.cells.iter().map(|&cell| (group, &capacities[cell])).collect()
    };
    let shown: Vec<(&Group, &CellCapacity)> = grouping.groups.iter().flat_map(of_group).collect();
    let (x, y) = axes_of(shown.iter().map(|(_, capacity)| *capacity));
    let panels = grouping.panels.iter().enumerate().map(|(i, title)| {
        let own: Vec<&(&Group, &CellCapacity)> = shown.iter().filter(|(group, _)| group.panel == i).collect();
        panel(title, &own, &x, &y)
    });
    let mut notes: Vec<String> = if shown.len() <= 4 {
        shown.iter().map(|(group, one)| note(group, one)).collect()
    } else {
        Vec::new()
    };
    notes.extend((!grouping.left_out.is_empty()).then(|| grouping.left_out.clone()));
    Ok(Figure {
        title: title(subject.job(), "capacity"),
        subtitle: format!(
            "memorized bits of the data (in expectation a lower bound on I(W; Y | X)); {}",
            seeds(subject)
        ),
        legend: grouping.legend.clone(),
        panels: panels.collect(),
        notes,
        columns: None,
    })
}

/// What of the request does not go with a capacity.
fn faults(subject: &Subject) -> Vec<Fault> {
    let asked = [("/x", subject.x), ("/y", subject.y)].into_iter().filter(|(_, asked)| asked.is_some());
    let detail = "the axes of a capacity figure are fixed: omit the parameter or use kind=measurement";
    let mut faults: Vec<Fault> = asked.map(|(place, _)| Fault::new(place, detail)).collect();
    let analyses = &subject.evaluation.analyses;
    if analyses.capacity.is_empty() {
        let why = analyses.notes.join("; ");
        faults.push(Fault::new("/kind", format!("this job has no capacity to draw: {why}")));
    }
    faults
}

fn panel(title: &str, own: &[&(&Group, &CellCapacity)], x: &Axis, y: &Axis) -> Panel {
    let label = |group: &Group| match group.label.as_str() {
        "" => "mean, 95 % interval".to_owned(),
        label => label.to_owned(),
    };
    let series = own.iter().map(|(group, capacity)| Series {
        label: label(group),
        style: group.style,
        is_joined: true,
        is_context: false,
        points: points(capacity),
    });
    Panel {
        title: title.to_owned(),
        series: series.collect(),
        overlays: overlays(own, x, y),
        has_key: false,
        x: x.clone(),
        y: y.clone(),
    }
}

fn points(capacity: &CellCapacity) -> Vec<Point> {
    let curve = capacity.estimate.curve.iter();
    curve
        .filter_map(|point| {
            let bits = point.memorized_bits?;
            let y_interval = bits.ci95_low.zip(bits.ci95_high);
            Some(Point { y_interval, ..Point::new(point.dataset_bits, bits.mean) })
        })
        .collect()
}

/// Where the ring around the peak lies: on the curve, or of a search at what it reports.
fn peak(capacity: &CellCapacity) -> (f64, f64) {
    let estimate = &capacity.estimate;
    let on_curve = estimate.curve.iter().find(|point| point.samples == estimate.peak_samples);
    let on_curve = on_curve.filter(|_| capacity.search.is_none()).and_then(|point| point.memorized_bits);
    (estimate.peak_dataset_bits, on_curve.unwrap_or(estimate.capacity_bits.interval).mean)
}

/// The axes of all panels: that of sizes is logarithmic where these span much, that of bits
/// where the peaks do.
fn axes_of<'a>(capacities: impl Iterator<Item = &'a CellCapacity>) -> (Axis, Axis) {
    let (mut numbers, mut ends, mut sizes, mut peaks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for capacity in capacities {
        let (across, up) = peak(capacity);
        sizes.push(across);
        peaks.push(up);
        for point in points(capacity) {
            sizes.push(point.x);
            numbers.push(point.y);
            ends.extend(point.y_ends());
        }
    }
    numbers.extend(&peaks);
    let is_wide = Scale::of(&peaks) != Scale::Linear && numbers.iter().all(|number| *number > 0.0);
    let scale = if is_wide { Scale::Log10 } else { Scale::Linear };
    if !is_wide {
        numbers.extend(ends);
    }
    let x = Axis::over("dataset (bits)".into(), Scale::of(&sizes), sizes, Vec::new());
    let y = Axis::over("memorized (bits)".into(), scale, numbers, Vec::new());
    (x, y)
}

/// Where all bits are memorized, as far as both axes reach.
fn diagonal(x: &Axis, y: &Axis) -> Vec<(f64, f64)> {
    const PIECES: u32 = 40;
    let number = |axis: &Axis, place: f64| axis.scale.number(place);
    let low = number(x, x.ends.0).max(number(y, y.ends.0));
    let high = number(x, x.ends.1).min(number(y, y.ends.1));
    let (Some(from), Some(to), true) = (x.scale.place(low), x.scale.place(high), low < high) else {
        return Vec::new();
    };
    // straight on axes of one kind, else bent
    let is_linear = |axis: &Axis| axis.scale == Scale::Linear;
    let pieces = if is_linear(x) == is_linear(y) { 1 } else { PIECES };
    let place = |i: u32| from + (to - from) * f64::from(i) / f64::from(pieces);
    (0..=pieces).map(|i| number(x, place(i))).map(|bits| (bits, bits)).collect()
}

fn overlays(own: &[&(&Group, &CellCapacity)], x: &Axis, y: &Axis) -> Vec<Overlay> {
    let ring = |(i, (_, capacity)): (usize, &&(&Group, &CellCapacity))| Overlay {
        label: "peak".into(),
        mark: Mark::Ring,
        series: (own.len() > 1).then_some(i),
        points: vec![peak(capacity)],
        band: None,
    };
    let mut overlays: Vec<Overlay> = own.iter().enumerate().map(ring).collect();
    let label = "y = x: every bit of the data".into();
    overlays.push(Overlay { label, mark: Mark::Dashed, series: None, points: diagonal(x, y), band: None });
    overlays
}

fn note(group: &Group, capacity: &CellCapacity) -> String {
    let estimate = &capacity.estimate;
    let (bits, each) = (estimate.capacity_bits.interval, estimate.bits_per_parameter.interval);
    let place = if group.label.is_empty() { String::new() } else { format!(" at {}", group.label) };
    let interval = bits.ci95_low.zip(bits.ci95_high);
    let interval = interval.map(|(low, high)| format!(" [{}, {}]", number(low), number(high)));
    let limits: String = capacity.limits().iter().map(|limit| format!("; {limit}")).collect();
    format!(
        "capacity{place}: {}{} bits, {} bits/parameter of {} parameters{limits}; {}",
        number(bits.mean),
        interval.unwrap_or_default(),
        number(each.mean),
        estimate.parameters,
        estimate.estimator.replace('_', " ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diagonal_reaches_as_far_as_both_axes() {
        let axis = |scale, ends| Axis { label: String::new(), scale, ends, stops: Vec::new() };
        let (linear, short) = (axis(Scale::Linear, (-4.0, 100.0)), axis(Scale::Linear, (0.0, 50.0)));
        assert_eq!(diagonal(&linear, &short), [(0.0, 0.0), (50.0, 50.0)]);
        let logs = diagonal(&axis(Scale::Log2, (3.0, 12.0)), &axis(Scale::Log10, (0.0, 2.0)));
        assert_eq!(logs.len(), 2);
        let bent = diagonal(&axis(Scale::Log2, (3.0, 12.0)), &short);
        assert_eq!((bent.len(), bent[0]), (41, (8.0, 8.0)));
        assert!((bent[40].0 - 50.0).abs() < 1e-9 && bent.iter().all(|(x, y)| x == y));
        assert_eq!(diagonal(&linear, &axis(Scale::Linear, (200.0, 300.0))), []);
    }
}
