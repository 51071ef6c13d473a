//! One panel in pixels: grid, labels that do not overlap, overlays, series.

use plotters::style::Color;

use super::canvas::{Canvas, End, Lettering, Place, pixel};
use super::key::Key;
use super::marker;
use super::text::{BOLD, shortened, width, wrapped};
use crate::figure::Scale;
use crate::figure::{Axis, Mark, Overlay, Panel, Point, Series};

/// Letters of ticks.
const TICK: f64 = 12.0;
/// Letters of axes and panel titles.
const LABEL: f64 = 13.0;
const LINE: i32 = 15;
/// Between labels that stand side by side.
const GAP: f64 = 10.0;
/// Lines of a name below the axis.
const LINES: usize = 3;
/// Pixels of a name that runs upward.
const TURNED: f64 = 260.0;
/// Lines of what an axis is.
const LABEL_LINES: usize = 2;
/// Pixels of a name beside the axis upward.
const BESIDE: f64 = 240.0;

/// How dark a band of tolerance is.
const BAND: f64 = 0.16;

/// The plot of a panel without its labels.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// Upper left corner.
    pub corner: Place,
    /// Pixels to the right.
    pub width: i32,
    /// Pixels downward.
    pub height: i32,
}

/// What stands below the axis to the right.
struct Below {
    /// Number and lines of each label.
    labels: Vec<(f64, Vec<String>)>,
    is_turned: bool,
    height: i32,
}

/// Pixels that a panel needs left of its plot and below.
pub fn margins(panel: &Panel, plot: (i32, i32)) -> (i32, i32) {
    let ticks = upward(&panel.y, plot.1);
    let widest = ticks.iter().flat_map(|(_, lines)| lines).map(|line| width(line, TICK)).fold(0.0, f64::max);
    let label = |text: &str, pixels: i32| {
        let lines = wrapped(text, LABEL, f64::from(pixels), LABEL_LINES).len();
        i32::try_from(lines).unwrap_or(1) * LINE + 4
    };
    (
        pixel(widest) + 15 + label(&panel.y.label, plot.1),
        below(&panel.x, plot.0).height + 15 + label(&panel.x.label, plot.0),
    )
}

/// Draws a panel.
pub fn draw(canvas: &Canvas, panel: &Panel, frame: Frame, left: i32, bottom: i32) {
    let attributes = [
        ("data-panel", panel.title.clone()),
        ("data-x", panel.x.label.clone()),
        ("data-y", panel.y.label.clone()),
    ];
    canvas.group(&attributes, || draw_parts(canvas, panel, frame, left, bottom));
}

fn draw_parts(canvas: &Canvas, panel: &Panel, frame: Frame, left: i32, bottom: i32) {
    draw_axes(canvas, panel, frame);
    draw_labels(canvas, panel, frame, left, bottom);
    for series in panel.series.iter().filter(|series| series.is_context) {
        canvas
            .group(&[("data-context", series.label.clone())], || draw_context(canvas, panel, frame, series));
    }
    for overlay in panel.overlays.iter().filter(|overlay| is_curve(overlay)) {
        let own = overlay.series.and_then(|series| panel.series.get(series));
        let colour = own.map_or(canvas.theme.ink(), |series| canvas.theme.colour(series.style));
        canvas.group(&[("data-overlay", overlay.label.clone())], || {
            draw_band(canvas, panel, frame, overlay);
            let places: Vec<Place> = overlay.points.iter().map(|point| frame.at(panel, *point)).collect();
            canvas.dashes(&places, colour, 1, marker::dashing(overlay.mark));
        });
    }
    draw_marks(canvas, panel, frame, false);
    for (i, series) in panel.series.iter().enumerate().filter(|(_, series)| !series.is_context) {
        canvas.group(&[("data-series", series.label.clone())], || {
            draw_series(canvas, panel, frame, series, dodge(panel, frame, i));
        });
    }
    draw_marks(canvas, panel, frame, true);
    if panel.series.iter().all(|series| series.points.is_empty()) {
        let (x0, y0) = frame.corner;
        let middle = (x0 + frame.width / 2, y0 + frame.height / 2);
        let how = Lettering::new(LABEL, canvas.theme.muted()).at(End::Middle);
        canvas.text("no result yet", middle, how);
    }
}

/// The frame with ticks and grid.
fn draw_axes(canvas: &Canvas, panel: &Panel, frame: Frame) {
    let (x0, y0) = frame.corner;
    let (x1, y1) = (x0 + frame.width, y0 + frame.height);
    let (ink, muted, grid) = (canvas.theme.ink(), canvas.theme.muted(), canvas.theme.grid());
    let key = Key::of(panel, frame.width);
    key.draw(canvas, frame.corner);
    let title = shortened(&panel.title, LABEL, f64::from(frame.width) / BOLD);
    if !title.is_empty() {
        canvas.text(&title, (x0, y0 - 12 - key.height()), Lettering::new(LABEL, ink).bold());
    }
    for (number, lines) in upward(&panel.y, frame.height) {
        let y = frame.at(panel, (panel.x.ends.0, number)).1;
        canvas.line(&[(x0, y), (x1, y)], grid, 1);
        let top = y - (i32::try_from(lines.len()).unwrap_or(1) - 1) * LINE / 2;
        for (i, line) in (0..).zip(&lines) {
            canvas.text(line, (x0 - 7, top + i * LINE), Lettering::new(TICK, muted).at(End::Right));
        }
    }
    let is_named = matches!(panel.x.scale, Scale::Categories(_));
    let below = below(&panel.x, frame.width);
    for (number, lines) in &below.labels {
        let x = frame.across(panel, *number);
        if is_named {
            canvas.line(&[(x, y1), (x, y1 + 4)], muted, 1);
        } else {
            canvas.line(&[(x, y0), (x, y1)], grid, 1);
        }
        if below.is_turned {
            let how = Lettering::new(TICK, muted).at(End::Right).turned();
            canvas.text(&lines.join(" "), (x, y1 + 8), how);
        } else {
            for (y, line) in (0..).map(|i| y1 + 13 + i * LINE).zip(lines) {
                canvas.text(line, (x, y), Lettering::new(TICK, muted).at(End::Middle));
            }
        }
    }
    canvas.frame([(x0, y0), (x1, y1)], muted);
}

/// What both axes are.
fn draw_labels(canvas: &Canvas, panel: &Panel, frame: Frame, left: i32, bottom: i32) {
    let ((x0, y0), y1) = (frame.corner, frame.corner.1 + frame.height);
    let label = Lettering::new(LABEL, canvas.theme.ink()).at(End::Middle);
    let across = wrapped(&panel.x.label, LABEL, f64::from(frame.width), LABEL_LINES);
    for (i, line) in (0..).zip(across.iter().rev()) {
        canvas.text(line, (x0 + frame.width / 2, y1 + bottom - 14 - i * LINE), label);
    }
    let up = wrapped(&panel.y.label, LABEL, f64::from(frame.height), LABEL_LINES);
    for (i, line) in (0..).zip(&up) {
        canvas.text(line, (x0 - left + 12 + i * LINE, y0 + frame.height / 2), label.turned());
    }
}

fn is_curve(overlay: &Overlay) -> bool {
    matches!(overlay.mark, Mark::Dashed | Mark::Dotted | Mark::LongDashed)
}

/// Marks of overlays: rings lie above the series, the others below.
fn draw_marks(canvas: &Canvas, panel: &Panel, frame: Frame, is_ring: bool) {
    let is_named = matches!(panel.x.scale, Scale::Categories(_));
    let marks = panel.overlays.iter().filter(|overlay| !is_curve(overlay));
    for overlay in marks.filter(|overlay| (overlay.mark == Mark::Ring) == is_ring) {
        let own = overlay.series.and_then(|series| panel.series.get(series));
        let colour = own.map_or(canvas.theme.ink(), |series| canvas.theme.colour(series.style));
        let aside = overlay.series.map_or(0, |series| dodge(panel, frame, series));
        let reach = match own {
            Some(_) => 9,
            None if is_named => frame.column(panel) * 2 / 5,
            None => 13,
        };
        let of = own.map(|series| series.label.clone()).unwrap_or_default();
        canvas.group(&[("data-overlay", overlay.label.clone()), ("data-of", of)], || {
            for point in &overlay.points {
                let (x, y) = frame.at(panel, *point);
                if let Some((below, above)) = overlay.band {
                    let height = |by: f64| frame.at(panel, (point.0, point.1 + by)).1;
                    let (left, right) = (x + aside - reach, x + aside + reach);
                    let (top, bottom) = (height(above), height(-below));
                    let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
                    canvas.shape(&corners, colour.mix(BAND));
                }
                marker::overlay(canvas, overlay.mark, (x + aside, y), reach, colour);
            }
        });
    }
}

/// What is allowed around what is expected, shaded.
fn draw_band(canvas: &Canvas, panel: &Panel, frame: Frame, overlay: &Overlay) {
    let Some((below, above)) = overlay.band else { return };
    let edge = |by: f64| overlay.points.iter().map(move |(x, y)| frame.at(panel, (*x, y + by)));
    let corners: Vec<Place> = edge(above).chain(edge(-below).rev()).collect();
    if overlay.points.len() > 1 {
        canvas.shape(&corners, canvas.theme.ink().mix(BAND));
    }
}

/// A series that is named elsewhere: where it runs, and nothing else.
fn draw_context(canvas: &Canvas, panel: &Panel, frame: Frame, series: &Series) {
    let places: Vec<Place> = series.points.iter().map(|point| frame.at(panel, (point.x, point.y))).collect();
    let colour = canvas.theme.muted().mix(0.35);
    if series.is_joined {
        canvas.line(&places, colour, 1);
    }
    for (x, y) in places {
        canvas.shape(&[(x - 2, y - 2), (x + 2, y - 2), (x + 2, y + 2), (x - 2, y + 2)], colour);
    }
}

fn draw_series(canvas: &Canvas, panel: &Panel, frame: Frame, series: &Series, aside: i32) {
    const CAP: i32 = 3;
    let colour = canvas.theme.colour(series.style);
    let place = |x: f64, y: f64| {
        let (across, down) = frame.at(panel, (x, y));
        (across + aside, down)
    };
    let places: Vec<Place> = series.points.iter().map(|point| place(point.x, point.y)).collect();
    if series.is_joined {
        canvas.line(&places, colour.mix(0.8), 2);
    }
    for point in &series.points {
        if let Some((low, high)) = point.y_interval {
            let ((x, bottom), (_, top)) = (place(point.x, low), place(point.x, high));
            canvas.line(&[(x, bottom), (x, top)], colour, 1);
            canvas.line(&[(x - CAP, bottom), (x + CAP, bottom)], colour, 1);
            canvas.line(&[(x - CAP, top), (x + CAP, top)], colour, 1);
        }
        if let Some((low, high)) = point.x_interval {
            let ((left, y), (right, _)) = (place(low, point.y), place(high, point.y));
            canvas.line(&[(left, y), (right, y)], colour, 1);
            canvas.line(&[(left, y - CAP), (left, y + CAP)], colour, 1);
            canvas.line(&[(right, y - CAP), (right, y + CAP)], colour, 1);
        }
    }
    for (point, &place) in series.points.iter().zip(&places) {
        canvas.group(&described(panel, point), || marker::series(canvas, series.style, place));
    }
}

/// The numbers of a point as attributes: names where the axis has names.
fn described(panel: &Panel, point: &Point) -> Vec<(&'static str, String)> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "names are few, from 0 on")]
    let on = |axis: &Axis, number: f64| match &axis.scale {
        Scale::Categories(names) => names.get(number.round() as usize).cloned().unwrap_or_default(),
        _ => number.to_string(),
    };
    let mut attributes = vec![("data-at", on(&panel.x, point.x)), ("data-value", on(&panel.y, point.y))];
    let mut add = |names: [&'static str; 2], interval: Option<(f64, f64)>| {
        if let Some((low, high)) = interval {
            attributes.extend([(names[0], low.to_string()), (names[1], high.to_string())]);
        }
    };
    add(["data-low", "data-high"], point.y_interval);
    add(["data-at-low", "data-at-high"], point.x_interval);
    attributes
}

impl Frame {
    fn across(&self, panel: &Panel, x: f64) -> i32 {
        self.corner.0 + pixel(f64::from(self.width) * panel.x.share(x))
    }

    fn at(&self, panel: &Panel, (x, y): (f64, f64)) -> Place {
        let down = f64::from(self.height) * (1.0 - panel.y.share(y));
        (self.across(panel, x), self.corner.1 + pixel(down))
    }

    /// Pixels from one name to the next.
    fn column(&self, panel: &Panel) -> i32 {
        pixel(f64::from(self.width) / (panel.x.ends.1 - panel.x.ends.0))
    }
}

/// Pixels by which a series stands aside, so that series at the same stop or name are seen
/// side by side.
fn dodge(panel: &Panel, frame: Frame, series: usize) -> i32 {
    #[expect(clippy::cast_precision_loss, reason = "series are few")]
    let (place, count) = (series as f64, panel.series.len() as f64);
    let each = match panel.x.scale {
        Scale::Categories(_) => (f64::from(frame.column(panel)) * 0.7 / count).min(14.0),
        _ if panel.x.stops.is_empty() => 0.0,
        _ => (12.0 / count).min(3.0),
    };
    pixel((place - (count - 1.0) / 2.0) * each)
}

/// Ticks of the axis upward, names in several lines.
fn upward(axis: &Axis, height: i32) -> Vec<(f64, Vec<String>)> {
    let is_named = matches!(axis.scale, Scale::Categories(_));
    let ticks = axis.scale.ticks(axis.ends, usize::try_from(height / 40).unwrap_or_default());
    let lines = |label: String| if is_named { wrapped(&label, TICK, BESIDE, LINES) } else { vec![label] };
    ticks.into_iter().map(|(number, label)| (number, lines(label))).collect()
}

/// Pixels that the names of the axis upward need; none where it has numbers.
pub fn height_of_names(panel: &Panel) -> i32 {
    let Scale::Categories(names) = &panel.y.scale else { return 0 };
    let lines = upward(&panel.y, 0).iter().map(|(_, lines)| lines.len()).max().unwrap_or(1);
    let [names, lines] = [names.len(), lines].map(|count| i32::try_from(count).unwrap_or(1));
    names * (lines * LINE + 8)
}

/// Labels of the axis to the right, as many as fit.
fn below(axis: &Axis, across: i32) -> Below {
    let pixels = f64::from(across);
    let Scale::Categories(names) = &axis.scale else {
        let stops: Vec<_> = axis.stops.iter().map(|&stop| (stop, crate::words::tick(stop))).collect();
        let fits = |labels: &[(f64, String)]| apart(axis, labels.to_vec(), pixels).len() == labels.len();
        let is_few = (1..=12).contains(&stops.len());
        let labels = if is_few && fits(&stops) {
            stops
        } else {
            let ticks = axis.scale.ticks(axis.ends, usize::try_from(across / 70).unwrap_or_default());
            apart(axis, ticks, pixels)
        };
        let labels = labels.into_iter().map(|(number, label)| (number, vec![label])).collect();
        return Below { labels, is_turned: false, height: LINE };
    };
    #[expect(clippy::cast_precision_loss, reason = "names are few")]
    let column = pixels / names.len().max(1) as f64;
    let inside = column - GAP;
    let wraps = |name: &String| {
        let lines = wrapped(name, TICK, inside, 100);
        lines.len() <= LINES && lines.iter().all(|line| !line.ends_with('…'))
    };
    #[expect(clippy::cast_precision_loss, reason = "names are few")]
    let numbered = names.iter().enumerate().map(|(i, name)| (i as f64, name));
    if column > 90.0 || names.iter().all(wraps) {
        let labels: Vec<_> = numbered.map(|(i, name)| (i, wrapped(name, TICK, inside, LINES))).collect();
        let most = labels.iter().map(|(_, lines)| lines.len()).max().unwrap_or(1);
        let height = LINE * i32::try_from(most).unwrap_or(1);
        return Below { labels, is_turned: false, height };
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "names are few")]
    let every = (f64::from(LINE) / column).ceil().max(1.0) as usize;
    let labels: Vec<_> =
        numbered.step_by(every).map(|(i, name)| (i, vec![shortened(name, TICK, TURNED)])).collect();
    let longest = labels.iter().map(|(_, lines)| width(&lines[0], TICK)).fold(0.0, f64::max);
    Below { labels, is_turned: true, height: pixel(longest) + 4 }
}

/// The labels from the left without those that would touch the one before.
fn apart(axis: &Axis, labels: Vec<(f64, String)>, pixels: f64) -> Vec<(f64, String)> {
    let mut free = f64::NEG_INFINITY;
    let mut labels = labels;
    labels.retain(|(number, label)| {
        let (middle, half) = (axis.share(*number) * pixels, width(label, TICK) / 2.0);
        let fits = middle - half >= free;
        if fits {
            free = middle + half + GAP;
        }
        fits
    });
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_never_touch() {
        let numbers: Vec<f64> = (1..=40).map(|i| f64::from(i * 1000)).collect();
        let axis = Axis::over("x".into(), Scale::Linear, numbers.clone(), numbers);
        let labels = below(&axis, 300).labels;
        assert!(labels.len() > 2);
        for pair in labels.windows(2) {
            let ends: Vec<f64> = pair.iter().map(|(number, _)| axis.share(*number) * 300.0).collect();
            assert!(ends[1] - ends[0] > width(&pair[0].1[0], TICK), "{pair:?}");
        }
    }

    #[test]
    fn names_that_do_not_fit_run_upward() {
        let names = |count: usize, name: &str| {
            Axis::over("x".into(), Scale::Categories(vec![name.to_owned(); count]), [], Vec::new())
        };
        assert!(!below(&names(4, "a name of words"), 560).is_turned);
        let many = below(&names(30, "an-unbreakable-name"), 560);
        assert!(many.is_turned && many.labels.len() == 30);
        assert!(below(&names(300, "name"), 560).labels.len() <= 560 / 15);
    }
}
