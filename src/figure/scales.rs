//! Axes as they were asked for: linear or logarithmic, whatever the figure chose.

use super::{Axis, Figure, Mark, Overlay, Panel, Scale};
use crate::spec::Fault;

/// Pieces of a straight line that is bent on other axes.
const PIECES: u32 = 40;

/// The scale of this name.
pub fn scale(name: &str) -> Option<Scale> {
    match name {
        "log" => Some(Scale::Log10),
        "linear" => Some(Scale::Linear),
        _ => None,
    }
}

/// The figure with the scales that were asked for.
///
/// # Errors
/// Every fault of both parameters.
pub fn rescaled(figure: Figure, x: Option<&str>, y: Option<&str>) -> Result<Figure, Vec<Fault>> {
    let mut figure = figure;
    let mut faults = Vec::new();
    for (place, asked, is_x) in [("/x_scale", x, true), ("/y_scale", y, false)] {
        let Some(asked) = asked else { continue };
        let Some(scale) = scale(asked) else {
            faults.push(Fault::new(place, "must be one of linear, log"));
            continue;
        };
        let is_named = |panel: &Panel| matches!(axis(panel, is_x).scale, Scale::Categories(_));
        if figure.panels.iter().any(is_named) {
            faults.push(Fault::new(place, "the axis has names and no numbers"));
            continue;
        }
        let hidden: usize = figure.panels.iter_mut().map(|panel| rescale(panel, &scale, is_x)).sum();
        if hidden > 0 {
            figure.notes.push(format!("{hidden} points at or below 0 have no place on a logarithmic axis"));
        }
    }
    if faults.is_empty() { Ok(figure) } else { Err(faults) }
}

fn axis(panel: &Panel, is_x: bool) -> &Axis {
    if is_x { &panel.x } else { &panel.y }
}

/// Gives a panel's axis a scale; returns how many points have no place there.
fn rescale(panel: &mut Panel, scale: &Scale, is_x: bool) -> usize {
    // both logarithms differ in their ticks alone
    let is_same = |own: &Scale| (*own == Scale::Linear) == (*scale == Scale::Linear);
    if is_same(&axis(panel, is_x).scale) {
        return 0;
    }
    let (is_straight, from) =
        (panel.x.scale == Scale::Linear && panel.y.scale == Scale::Linear, axis(panel, is_x).clone());
    let mut hidden = 0;
    for series in &mut panel.series {
        let before = series.points.len();
        series.points.retain(|point| scale.place(if is_x { point.x } else { point.y }).is_some());
        hidden += before - series.points.len();
    }
    for overlay in panel.overlays.iter_mut().filter(|overlay| is_straight && is_curve(overlay)) {
        overlay.points = overlay.points.windows(2).flat_map(|pair| pieces(pair[0], pair[1])).collect();
    }
    for overlay in &mut panel.overlays {
        overlay.points.retain(|(x, y)| scale.place(if is_x { *x } else { *y }).is_some());
    }
    let points = panel.series.iter().flat_map(|series| &series.points);
    let numbers: Vec<f64> =
        points.flat_map(|point| if is_x { [point.x; 2] } else { point.y_ends() }).collect();
    let marks =
        panel.overlays.iter().filter(|overlay| !is_curve(overlay)).flat_map(|overlay| &overlay.points);
    let marks = marks.map(|(x, y)| if is_x { *x } else { *y });
    let axis = Axis::over(from.label, scale.clone(), numbers.into_iter().chain(marks), from.stops);
    *(if is_x { &mut panel.x } else { &mut panel.y }) = axis;
    hidden
}

fn is_curve(overlay: &Overlay) -> bool {
    matches!(overlay.mark, Mark::Dashed | Mark::Dotted | Mark::LongDashed)
}

fn pieces(from: (f64, f64), to: (f64, f64)) -> impl Iterator<Item = (f64, f64)> {
    (0..=PIECES).map(move |i| {
        let share = f64::from(i) / f64::from(PIECES);
        (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1))
    })
}
