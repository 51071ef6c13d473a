//! Figures that can be read: what would be a knot of series becomes small multiples, in each of which a
//! few series have colours and names, and the others stand behind them without. Knows nothing of what
//! is drawn.

use super::{Figure, Panel};

/// Series that have a colour each, told apart by every eye.
pub const MOST_COLOURS: usize = 10;
/// Series with a name in one of several panels.
const MOST_NAMED: usize = 6;
/// Panels side by side.
const MOST_COLUMNS: usize = 4;

/// The figure with every crowded panel spread over several.
pub fn legible(figure: Figure) -> Figure {
    let most = figure.panels.iter().map(|panel| panel.series.len()).max().unwrap_or(0);
    if most <= MOST_COLOURS {
        return figure;
    }
    let parts = most.div_ceil(MOST_NAMED);
    let panels: Vec<Panel> = figure.panels.iter().flat_map(|panel| spread(panel, parts)).collect();
    let columns = (2..=MOST_COLUMNS).rev().find(|columns| parts.is_multiple_of(*columns));
    Figure { panels, columns: columns.or(Some(parts.min(3))), ..figure }
}

/// The panel once for each part of its series.
fn spread(panel: &Panel, parts: usize) -> impl Iterator<Item = Panel> {
    let each = panel.series.len().div_ceil(parts).max(1);
    (0..panel.series.len().div_ceil(each)).map(move |part| {
        let mut own = panel.clone();
        own.has_key = true;
        for (i, series) in own.series.iter_mut().enumerate() {
            series.is_context = i / each != part;
            series.style = i % each;
        }
        // what is about one series stands where that has its name
        own.overlays.retain(|overlay| overlay.series.is_none_or(|series| series / each == part));
        own
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Axis, Mark, Overlay, Point, Scale, Series};

    fn of(count: usize) -> Figure {
        let axis = || Axis::over("x".into(), Scale::Linear, [0.0, 1.0], Vec::new());
        let series = |i: usize| Series {
            label: i.to_string(),
            style: i,
            points: vec![Point::new(0.0, 0.0)],
            ..Series::default()
        };
        let ring = |i: usize| Overlay {
            label: "peak".into(),
            mark: Mark::Ring,
            series: Some(i),
            points: vec![(0.0, 0.0)],
            band: None,
        };
        let panel = Panel {
            title: String::new(),
            x: axis(),
            y: axis(),
            series: (0..count).map(series).collect(),
            overlays: (0..count).map(ring).collect(),
            has_key: false,
        };
        Figure { panels: vec![panel.clone(), panel], ..Figure::default() }
    }

    #[test]
    fn every_series_of_a_crowd_has_its_name_once_and_its_colour_alone() {
        assert_eq!(legible(of(MOST_COLOURS)), of(MOST_COLOURS));
        let figure = legible(of(19));
        assert_eq!((figure.panels.len(), figure.columns), (8, Some(4)));
        for gap in figure.panels.chunks(4) {
            let mut named: Vec<String> = Vec::new();
            for panel in gap {
                assert_eq!(panel.series.len(), 19);
                let own: Vec<&Series> = panel.series.iter().filter(|series| !series.is_context).collect();
                let mut styles: Vec<usize> = own.iter().map(|series| series.style).collect();
                styles.dedup();
                assert!(panel.has_key && styles.len() == own.len() && own.len() <= MOST_NAMED);
                assert_eq!(panel.overlays.len(), own.len());
                named.extend(own.iter().map(|series| series.label.clone()));
            }
            assert_eq!(named, (0..19).map(|i| i.to_string()).collect::<Vec<_>>());
        }
    }
}
