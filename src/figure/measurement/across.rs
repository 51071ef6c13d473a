//! The axis to the right of a measurement.

use serde_json::Value;

use super::rows::{self, Sweep};
use crate::figure::{Axis, Scale};
use crate::words::{brief, spoken};

/// The axis to the right before its ends are known.
pub struct Across {
    label: String,
    scale: Scale,
    numbers: Vec<f64>,
    values: Vec<Value>,
    /// Whether a line joins the points of a series.
    pub(super) is_joined: bool,
}

impl Across {
    pub(super) fn of(sweep: &Sweep, axis: usize) -> Self {
        let (path, values) = &sweep.axes[axis];
        let numbers: Option<Vec<f64>> = values.iter().map(rows::number).collect();
        let (scale, numbers) = match numbers {
            Some(numbers) => (Scale::of(&numbers), numbers),
            None => (Scale::Categories(values.iter().map(brief).collect()), Vec::new()),
        };
        let is_joined = !numbers.is_empty() && !sweep.is_single();
        Self { label: spoken(path), scale, numbers, values: values.clone(), is_joined }
    }

    /// Whether the values have an order of their own.
    pub fn is_numeric(&self) -> bool {
        !matches!(self.scale, Scale::Categories(_))
    }

    /// The number of a value on the axis.
    pub fn number(&self, value: &Value) -> Option<f64> {
        let place = self.values.iter().position(|known| known == value)?;
        #[expect(clippy::cast_precision_loss, reason = "names are few")]
        Some(self.numbers.get(place).copied().unwrap_or(place as f64))
    }

    pub(super) fn axis(&self) -> Axis {
        Axis::over(self.label.clone(), self.scale.clone(), self.numbers.iter().copied(), self.numbers.clone())
    }
}
