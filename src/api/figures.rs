//! Figures of a job.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of figure of which a job has something to draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FigureView {
    /// Kind of the figure, as in the parameter `kind`.
    pub kind: String,
    /// Path of the figure (SVG).
    pub svg: String,
}

/// The kinds of figures of which a job has something to draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FigureList {
    /// The kinds, that which is drawn unasked first.
    pub items: Vec<FigureView>,
}
