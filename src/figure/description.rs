//! What a figure consists of, whatever it is about: panels side by side, each with axes,
//! series with intervals and curves laid over them. Knows nothing of jobs and of pixels.

use serde::{Deserialize, Serialize};

use super::Scale;

/// A figure.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Figure {
    /// What it is, in large letters.
    pub title: String,
    /// What is shown and how to read it.
    pub subtitle: String,
    /// What the labels of the series are values of.
    pub legend: String,
    /// The panels, left to right and then down.
    pub panels: Vec<Panel>,
    /// What a reader must know besides.
    pub notes: Vec<String>,
    /// Panels side by side, where their order needs it.
    pub columns: Option<usize>,
}

/// Two axes and what lies between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// What it shows that others do not; may be empty.
    pub title: String,
    /// The axis to the right.
    pub x: Axis,
    /// The axis upward.
    pub y: Axis,
    /// What was measured.
    pub series: Vec<Series>,
    /// What it is held against.
    pub overlays: Vec<Overlay>,
    /// Whether its series are named above its plot, and not beside the figure: where colours mean other
    /// series in other panels.
    pub has_key: bool,
}

/// An axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Its quantity with its unit.
    pub label: String,
    /// How numbers become places.
    pub scale: Scale,
    /// Places at both ends.
    pub ends: (f64, f64),
    /// Numbers that were set, where ticks are of most use.
    pub stops: Vec<f64>,
}

/// Points that belong together.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Series {
    /// Its entry in the legend.
    pub label: String,
    /// Number of its colour and marker: equal in all panels for equal labels.
    pub style: usize,
    /// Whether a line joins the points.
    pub is_joined: bool,
    /// Whether it is named in another panel and is here for comparison only.
    pub is_context: bool,
    /// The points from left to right.
    pub points: Vec<Point>,
}

/// A point with its 95 % intervals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Number on the axis to the right.
    pub x: f64,
    /// Number on the axis upward.
    pub y: f64,
    /// Interval to the right.
    pub x_interval: Option<(f64, f64)>,
    /// Interval upward.
    pub y_interval: Option<(f64, f64)>,
}

/// What measurements are held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Overlay {
    /// Its entry in the legend.
    pub label: String,
    /// How it looks.
    pub mark: Mark,
    /// Number of the series in its panel that alone it is about.
    pub series: Option<usize>,
    /// Corners of a curve, or places of marks.
    pub points: Vec<(f64, f64)>,
    /// What is allowed below and above each point.
    pub band: Option<(f64, f64)>,
}

/// How an overlay looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// A dashed curve.
    Dashed,
    /// A dotted curve.
    Dotted,
    /// A curve of long dashes.
    LongDashed,
    /// A short dash at each place.
    Level,
    /// A short dash with an arrow down: at most this.
    AtMost,
    /// A short dash with an arrow up: at least this.
    AtLeast,
    /// A ring around each place.
    Ring,
}

impl Axis {
    /// An axis over these numbers; `stops` are among them and say where ticks are of use.
    #[must_use]
    pub fn over(
        label: String,
        scale: Scale,
        numbers: impl IntoIterator<Item = f64>,
        stops: Vec<f64>,
    ) -> Self {
        let ends = scale.ends(numbers);
        Self { label, scale, ends, stops }
    }

    /// Where a number lies between the ends, from 0 to 1; beyond them at the nearer end.
    #[must_use]
    pub fn share(&self, number: f64) -> f64 {
        let place = self.scale.place(number).unwrap_or(self.ends.0);
        ((place - self.ends.0) / (self.ends.1 - self.ends.0)).clamp(0.0, 1.0)
    }
}

impl Point {
    /// A point without intervals.
    #[must_use]
    pub fn new(x: f64, y: f64) -> Self {
        Self { x, y, x_interval: None, y_interval: None }
    }

    /// The lowest and the highest number upward.
    #[must_use]
    pub fn y_ends(&self) -> [f64; 2] {
        self.y_interval.map_or([self.y; 2], |(low, high)| [low, high])
    }

    /// The lowest and the highest number to the right.
    #[must_use]
    pub fn x_ends(&self) -> [f64; 2] {
        self.x_interval.map_or([self.x; 2], |(low, high)| [low, high])
    }
}
