//! The legend: beside the panels, one entry a series and a mark of overlays.

use super::canvas::{Canvas, Lettering, Place, pixel};
use super::marker;
use super::text::{BOLD, width, wrapped};
use crate::figure::{Figure, Mark};

const SIZE: f64 = 12.0;
const LINE: i32 = 16;
const GAP: i32 = 5;
/// Pixels before a label, for its marker.
const MARKER: i32 = 34;
/// Pixels of the longest line of a label.
const MOST: f64 = 230.0;
/// Lines of the longest label.
const LINES: usize = 6;

/// Entries with their places.
pub struct Legend {
    heading: Vec<String>,
    entries: Vec<Entry>,
}

struct Entry {
    sample: Sample,
    label: String,
    lines: Vec<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Sample {
    Series { style: usize, is_joined: bool },
    Overlay(Mark),
}

impl Legend {
    /// The entries of all panels, each once.
    pub fn of(figure: &Figure) -> Self {
        let mut series: Vec<(Sample, &str)> = Vec::new();
        let mut overlays: Vec<(Sample, &str)> = Vec::new();
        for panel in &figure.panels {
            for one in panel.series.iter().filter(|one| !panel.has_key && !one.is_context) {
                let sample = Sample::Series { style: one.style, is_joined: one.is_joined };
                series.push((sample, &one.label));
            }
            overlays.extend(panel.overlays.iter().map(|one| (Sample::Overlay(one.mark), one.label.as_str())));
        }
        series.sort_by_key(|(sample, _)| match sample {
            Sample::Series { style, .. } => *style,
            Sample::Overlay(_) => usize::MAX,
        });
        let mut entries: Vec<(Sample, &str)> = Vec::new();
        for entry in series.into_iter().chain(overlays).filter(|(_, label)| !label.is_empty()) {
            if !entries.contains(&entry) {
                entries.push(entry);
            }
        }
        let lines = |text: &str| wrapped(text, SIZE, MOST, LINES);
        Self {
            heading: wrapped(&figure.legend, SIZE, MOST / BOLD, LINES),
            entries: entries
                .into_iter()
                .map(|(sample, label)| Entry { sample, label: label.to_owned(), lines: lines(label) })
                .collect(),
        }
    }

    /// Width and height in pixels; none when there is nothing to tell.
    pub fn size(&self) -> (i32, i32) {
        if self.entries.is_empty() {
            return (0, 0);
        }
        let widest = |lines: &[String]| lines.iter().map(|line| width(line, SIZE)).fold(0.0, f64::max);
        let labels = self.entries.iter().map(|entry| widest(&entry.lines)).fold(0.0, f64::max);
        let across = pixel(labels.max(BOLD * widest(&self.heading) - f64::from(MARKER))) + MARKER;
        let lines: usize = self.entries.iter().map(|entry| entry.lines.len()).sum();
        let lines = i32::try_from(lines + self.heading.len()).unwrap_or(i32::MAX / LINE / 2);
        let gaps = i32::try_from(self.entries.len()).unwrap_or(i32::MAX / GAP / 2);
        (across, lines * LINE + gaps * GAP)
    }

    /// Draws it with this upper left corner.
    pub fn draw(&self, canvas: &Canvas, (left, top): Place) {
        let (ink, muted) = (canvas.theme.ink(), canvas.theme.muted());
        let mut y = top + LINE / 2;
        for line in &self.heading {
            canvas.text(line, (left, y), Lettering::new(SIZE, muted).bold());
            y += LINE;
        }
        for entry in &self.entries {
            let name = match entry.sample {
                Sample::Series { .. } => "data-legend",
                Sample::Overlay(_) => "data-overlay-legend",
            };
            canvas.group(&[(name, entry.label.clone())], || {
                let middle = (left + 13, y);
                match entry.sample {
                    Sample::Series { style, is_joined } => {
                        if is_joined {
                            canvas.line(&[(left, y), (left + 26, y)], canvas.theme.colour(style), 2);
                        }
                        marker::series(canvas, style, middle);
                    }
                    Sample::Overlay(mark) => marker::overlay(canvas, mark, middle, 10, ink),
                }
                for line in &entry.lines {
                    canvas.text(line, (left + MARKER, y), Lettering::new(SIZE, ink));
                    y += LINE;
                }
            });
            y += GAP;
        }
    }
}
