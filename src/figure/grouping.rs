//! Which cells make a series, and which series share a panel. Knows nothing of what is
//! measured in them.

use serde_json::Value;

use crate::spec::Coordinates;
use crate::words::{brief, short};

/// Settings that one panel may hold before an axis is spread over panels.
const MOST_TOGETHER: usize = 8;
/// Panels of a figure.
const MOST_PANELS: usize = 12;
/// Series of a panel: beyond, nobody tells them apart.
const MOST_SERIES: usize = 28;

/// Cells in series and panels.
#[derive(Debug, Clone, PartialEq)]
pub struct Grouping {
    /// Titles of the panels.
    pub panels: Vec<String>,
    /// The axes whose values the labels of the series are.
    pub legend: String,
    /// The series, in the order of the sweep.
    pub groups: Vec<Group>,
    /// What is not shown, in words; empty when everything is.
    pub left_out: String,
}

/// Cells of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Number of its panel.
    pub panel: usize,
    /// Number of its colour and marker.
    pub style: usize,
    /// Values of the axes; empty without any.
    pub label: String,
    /// Numbers of its cells.
    pub cells: Vec<usize>,
}

/// Groups cells by these axes of theirs.
#[must_use]
pub fn grouped(cells: &[Coordinates], axes: &[&str]) -> Grouping {
    group(cells, axes, spread)
}

/// The same in one panel, for figures whose panels are quantities.
#[must_use]
pub fn together(cells: &[Coordinates], axes: &[&str]) -> Grouping {
    group(cells, axes, |_| None)
}

fn group(
    cells: &[Coordinates],
    axes: &[&str],
    spread: for<'a> fn(&[(&'a str, Vec<&Value>)]) -> Option<&'a str>,
) -> Grouping {
    let distinct = |axis: &str| {
        let mut values: Vec<&Value> = Vec::new();
        for value in cells.iter().filter_map(|cell| cell.0.get(axis)) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    };
    let axes: Vec<(&str, Vec<&Value>)> =
        axes.iter().map(|&axis| (axis, distinct(axis))).filter(|(_, values)| values.len() > 1).collect();
    let spread = spread(&axes);
    let own: Vec<&str> = axes.iter().map(|(axis, _)| *axis).filter(|axis| Some(*axis) != spread).collect();
    let mut grouping = Grouping {
        panels: Vec::new(),
        legend: own.iter().map(|axis| short(axis)).collect::<Vec<_>>().join(", "),
        groups: Vec::new(),
        left_out: String::new(),
    };
    let (mut labels, mut missing): (Vec<String>, usize) = (Vec::new(), 0);
    for (i, cell) in cells.iter().enumerate() {
        let value = |axis: &str| cell.0.get(axis).map(brief).unwrap_or_default();
        let panel = spread.map(|axis| format!("{} = {}", short(axis), value(axis))).unwrap_or_default();
        let label = own.iter().map(|axis| value(axis)).collect::<Vec<_>>().join(", ");
        let panel = place(&mut grouping.panels, panel);
        let style = place(&mut labels, label.clone());
        if style >= MOST_SERIES || panel >= MOST_PANELS {
            missing += 1;
            continue;
        }
        match grouping.groups.iter_mut().find(|group| (group.panel, group.style) == (panel, style)) {
            Some(group) => group.cells.push(i),
            None => grouping.groups.push(Group { panel, style, label, cells: vec![i] }),
        }
    }
    grouping.panels.truncate(MOST_PANELS);
    if missing > 0 {
        grouping.left_out =
            format!("{missing} of {} cells are not shown; the results list all of them", cells.len());
    }
    grouping
}

/// The axis to spread over panels: none while one panel holds all settings, else that which
/// leaves few series in few panels.
fn spread<'a>(axes: &[(&'a str, Vec<&Value>)]) -> Option<&'a str> {
    let settings: usize = axes.iter().map(|(_, values)| values.len()).product();
    if axes.len() < 2 || settings <= MOST_TOGETHER {
        return None;
    }
    let cost = |values: &Vec<&Value>| {
        let (panels, series) = (values.len(), settings / values.len());
        (panels > MOST_PANELS, series > MOST_TOGETHER, panels.max(series))
    };
    axes.iter().min_by_key(|(_, values)| cost(values)).map(|(axis, _)| *axis)
}

/// The number of a text in a list, to which it is added if it is new.
fn place(list: &mut Vec<String>, text: String) -> usize {
    list.iter().position(|known| *known == text).unwrap_or_else(|| {
        list.push(text);
        list.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn product(sizes: &[usize]) -> Vec<Coordinates> {
        let mut cells = vec![Coordinates::default()];
        for (axis, size) in sizes.iter().enumerate() {
            let with = |cell: &Coordinates, value: usize| {
                let mut cell = cell.clone();
                cell.0.insert(format!("/training/a{axis}"), json!(value));
                cell
            };
            cells = cells.iter().flat_map(|cell| (0..*size).map(move |value| with(cell, value))).collect();
        }
        cells
    }

    const AXES: [&str; 3] = ["/training/a0", "/training/a1", "/training/a2"];

    #[test]
    fn few_settings_share_a_panel() {
        let grouping = grouped(&product(&[5, 2, 3]), &AXES[1..]);
        assert_eq!((grouping.panels.len(), grouping.groups.len()), (1, 6));
        assert_eq!((grouping.legend.as_str(), grouping.groups[1].label.as_str()), ("a1, a2", "0, 1"));
        assert!(grouping.groups.iter().all(|group| group.cells.len() == 5));
    }

    #[test]
    fn many_settings_are_spread_over_panels_with_the_same_styles() {
        let grouping = grouped(&product(&[4, 3, 6]), &AXES[1..]);
        assert_eq!(grouping.panels, ["a1 = 0", "a1 = 1", "a1 = 2"]);
        assert_eq!((grouping.groups.len(), grouping.legend.as_str()), (18, "a2"));
        assert!(grouping.groups.iter().all(|group| group.label == group.style.to_string()));
        assert!(grouping.left_out.is_empty());
    }

    #[test]
    fn what_is_not_shown_is_said() {
        let grouping = grouped(&product(&[2, 40]), &AXES[1..2]);
        assert_eq!(grouping.groups.len(), 28);
        assert!(grouping.left_out.starts_with("24 of 80 cells"), "{}", grouping.left_out);
    }

    #[test]
    fn an_axis_of_one_value_makes_no_labels() {
        let grouping = grouped(&product(&[3, 1]), &AXES[1..2]);
        assert_eq!((grouping.groups.len(), grouping.legend.as_str()), (1, ""));
    }
}
