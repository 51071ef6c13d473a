//! Sweeps: the cartesian product of axes. Cells are numbers; what lies in one is worked out
//! when it is asked for.

use serde_json::{Map, Value};

use super::axis::SweepAxis;
use super::coordinates::Coordinates;
use super::fault::is_within;
use super::json::{set, unescape};

/// The cartesian product of some axes; one cell without any.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sweep {
    axes: Vec<SweepAxis>,
}

/// For each axis the number of a value, where one is fixed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection(Vec<Option<usize>>);

/// Coordinates that no cell has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nowhere {
    /// The axis' path, whether or not there is such an axis.
    pub path: String,
    /// Whether there is such an axis: then it has no such value.
    pub is_axis: bool,
}

impl Sweep {
    /// The product of these axes.
    #[must_use]
    pub fn new(axes: Vec<SweepAxis>) -> Self {
        Self { axes }
    }

    /// The axes, the last one moving fastest.
    #[must_use]
    pub fn axes(&self) -> &[SweepAxis] {
        &self.axes
    }

    /// Cells of the product, or `None` when the number overflows.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        self.axes.iter().try_fold(1u64, |cells, axis| cells.checked_mul(axis.values.len() as u64))
    }

    /// Which value each axis takes in a cell.
    #[must_use]
    pub fn choices(&self, cell: usize) -> Vec<usize> {
        let mut rest = cell;
        let mut chosen = vec![0; self.axes.len()];
        for (choice, axis) in chosen.iter_mut().zip(&self.axes).rev() {
            *choice = rest % axis.values.len();
            rest /= axis.values.len();
        }
        chosen
    }

    /// The cell in which each axis takes such a value.
    #[must_use]
    pub fn cell(&self, choices: &[usize]) -> usize {
        self.axes.iter().zip(choices).fold(0, |cell, (axis, choice)| cell * axis.values.len() + choice)
    }

    /// The coordinates of a cell.
    #[must_use]
    pub fn coordinates(&self, cell: usize) -> Coordinates {
        let choices = self.choices(cell);
        let pair = |(axis, choice): (&SweepAxis, usize)| (axis.path.clone(), axis.values[choice].clone());
        Coordinates(self.axes.iter().zip(choices).map(pair).collect())
    }

    /// The cells that have these coordinates.
    ///
    /// # Errors
    /// The first coordinate that no cell has.
    pub fn selection(&self, at: &Coordinates) -> Result<Selection, Nowhere> {
        let mut fixed = vec![None; self.axes.len()];
        for (path, value) in &at.0 {
            let axis = self.axes.iter().position(|axis| axis.path == *path);
            let axis = axis.ok_or_else(|| Nowhere { path: path.clone(), is_axis: false })?;
            let position = self.axes[axis].position(value);
            fixed[axis] = Some(position.ok_or_else(|| Nowhere { path: path.clone(), is_axis: true })?);
        }
        Ok(Selection(fixed))
    }

    /// How many cells a selection has.
    #[must_use]
    pub fn selected_count(&self, selection: &Selection) -> u64 {
        let open = self.axes.iter().zip(&selection.0).filter(|(_, fixed)| fixed.is_none());
        open.fold(1, |cells, (axis, _)| cells * axis.values.len() as u64)
    }

    /// The cells of a selection, in sweep order.
    pub fn selected<'a>(&'a self, selection: &'a Selection) -> impl Iterator<Item = usize> + 'a {
        let open: Vec<usize> = (0..self.axes.len()).filter(|axis| selection.0[*axis].is_none()).collect();
        let inner = Sweep::new(open.iter().map(|axis| self.axes[*axis].clone()).collect());
        let count = usize::try_from(self.selected_count(selection)).expect("cells are limited");
        (0..count).map(move |number| {
            let free = inner.choices(number);
            let mut choices: Vec<usize> = selection.0.iter().map(|fixed| fixed.unwrap_or(0)).collect();
            open.iter().zip(free).for_each(|(axis, choice)| choices[*axis] = choice);
            self.cell(&choices)
        })
    }

    /// The cell that differs from another in what a selection fixes.
    #[must_use]
    pub fn moved(&self, cell: usize, by: &Selection) -> usize {
        let mut choices = self.choices(cell);
        for (choice, fixed) in choices.iter_mut().zip(&by.0) {
            *choice = fixed.unwrap_or(*choice);
        }
        self.cell(&choices)
    }

    /// The axes that change a part of the spec.
    pub(super) fn axes_within(&self, root: &str) -> Vec<usize> {
        let changes = |axis: &SweepAxis| axis.pointers().iter().any(|pointer| is_within(pointer, root));
        (0..self.axes.len()).filter(|axis| changes(&self.axes[*axis])).collect()
    }

    /// Sets what these choices give a part of the spec. Objects along a path that are not
    /// there yet are made, since their fields have defaults.
    ///
    /// # Errors
    /// The number of the axis whose path leads nowhere.
    pub(super) fn apply(&self, document: &mut Value, choices: &[usize], root: &str) -> Result<(), usize> {
        for (i, (axis, &choice)) in self.axes.iter().zip(choices).enumerate() {
            for (path, value) in axis.sets(choice) {
                if !is_within(path, root) {
                    continue;
                }
                make_way(document, path);
                if !set(document, path, value.clone()) {
                    return Err(i);
                }
            }
        }
        Ok(())
    }
}

fn make_way(document: &mut Value, path: &str) {
    let mut place = document;
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    for segment in segments.iter().take(segments.len().saturating_sub(1)) {
        let key = unescape(segment);
        let next = match place {
            Value::Object(fields) => Some(fields.entry(key).or_insert_with(|| Value::Object(Map::new()))),
            Value::Array(items) => key.parse::<usize>().ok().and_then(|i| items.get_mut(i)),
            _ => None,
        };
        let Some(next) = next else { return };
        place = next;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::axis::spelled_out;
    use super::*;

    fn sweep(axes: Value) -> Sweep {
        Sweep::new(spelled_out(&serde_json::from_value::<Vec<_>>(axes).unwrap()).unwrap())
    }

    #[test]
    fn the_last_axis_moves_fastest_and_every_cell_comes_once() {
        let sweep = sweep(json!([
            {"path": "/network/hidden", "values": [[1], [2]]},
            {"path": "/training/optimizer/kind", "values": ["sgd", "adam", "x"]},
        ]));
        assert_eq!(sweep.count(), Some(6));
        let all: Vec<Vec<usize>> = (0..6).map(|cell| sweep.choices(cell)).collect();
        assert_eq!(all, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
        let mut cell = json!({"network": {}});
        sweep.apply(&mut cell, &all[4], "").unwrap();
        assert_eq!(cell, json!({"network": {"hidden": [2]}, "training": {"optimizer": {"kind": "adam"}}}));
    }

    #[test]
    fn cases_set_several_fields_at_once() {
        let sweep = sweep(json!([
            {"path": "size", "cases": [
                {"name": "plain", "set": {}},
                {"name": "wide", "set": {"/network/hidden": [9], "/training/steps": 5}},
            ]},
            {"path": "/dataset/samples", "values": [1, 2]},
        ]));
        assert_eq!((sweep.count(), sweep.axes_within("/network")), (Some(4), vec![0]));
        let mut cell = json!({"network": {"hidden": [1]}});
        sweep.apply(&mut cell, &[1, 0], "").unwrap();
        let expected =
            json!({"network": {"hidden": [9]}, "training": {"steps": 5}, "dataset": {"samples": 1}});
        assert_eq!(cell, expected);
        assert_eq!(sweep.coordinates(1).0["size"], json!("plain"));
        let origin = sweep.axes()[0].origin(1, "/network/hidden/0").unwrap();
        assert_eq!(origin, ("cases/1/set/~1network~1hidden".to_owned(), "/0"));
    }

    #[test]
    fn a_product_that_overflows_is_not_a_number() {
        let values: Vec<Value> = (0..10_000).map(Value::from).collect();
        let axes = (0..5).map(|i| SweepAxis::along(&format!("/{i}"), values.clone())).collect();
        assert_eq!(Sweep::new(axes).count(), None);
    }

    #[test]
    fn what_no_cell_has_is_named() {
        let sweep = sweep(json!([{"path": "/dataset/samples", "values": [1, 2]}]));
        let nowhere = |at: Value| sweep.selection(&serde_json::from_value(at).unwrap()).unwrap_err();
        assert_eq!(
            nowhere(json!({"/dataset/samples": 3})),
            Nowhere { path: "/dataset/samples".into(), is_axis: true }
        );
        assert_eq!(nowhere(json!({"x": 3})), Nowhere { path: "x".into(), is_axis: false });
    }

    proptest! {
        /// What a selection selects is what a walk over all cells finds.
        #[test]
        fn selections_and_moves_agree_with_a_walk(
            sizes in prop::collection::vec(1usize..4, 0..4),
            fixed in prop::collection::vec(prop::option::of(0usize..4), 4),
            by in prop::collection::vec(prop::option::of(0usize..4), 4),
        ) {
            let values = |size: usize| (0..size).map(Value::from).collect::<Vec<_>>();
            let axes: Vec<SweepAxis> =
                sizes.iter().enumerate().map(|(i, size)| SweepAxis::along(&format!("/{i}"), values(*size))).collect();
            let sweep = Sweep::new(axes);
            let fix = |all: &[Option<usize>]| {
                let pairs = sizes.iter().zip(all).enumerate();
                Coordinates(pairs.filter_map(|(i, (size, value))| Some((format!("/{i}"), Value::from((*value)? % size)))).collect())
            };
            let (at, by) = (fix(&fixed), fix(&by));
            let cells: Vec<usize> = (0..usize::try_from(sweep.count().unwrap()).unwrap()).collect();
            let has = |cell: &usize| at.0.iter().all(|(path, value)| sweep.coordinates(*cell).0[path] == *value);
            let expected: Vec<usize> = cells.iter().copied().filter(has).collect();
            let selection = sweep.selection(&at).unwrap();
            prop_assert_eq!(sweep.selected(&selection).collect::<Vec<_>>(), expected);
            let selected = usize::try_from(sweep.selected_count(&selection)).unwrap();
            prop_assert_eq!(selected, sweep.selected(&selection).count());
            let moves = sweep.selection(&by).unwrap();
            for cell in cells {
                let mut there = sweep.coordinates(cell);
                there.0.extend(by.0.clone());
                prop_assert_eq!(sweep.coordinates(sweep.moved(cell, &moves)), there);
                prop_assert_eq!(sweep.cell(&sweep.choices(cell)), cell);
            }
        }
    }
}
