//! The canvas: lines, shapes and words in pixels, as SVG without fonts and scripts. Knows
//! nothing of axes.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBColor, TextStyle};

use super::marks::Marks;
use super::text::{clean, escaped};
use super::theme::Theme;

/// A place in pixels from the upper left corner.
pub type Place = (i32, i32);

/// Why no call fails.
const INFALLIBLE: &str = "memory takes every shape";

/// Where shapes are drawn.
pub struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    /// Its colours.
    pub theme: Theme,
    /// Groups, where they are wanted.
    marks: Option<&'a Marks>,
}

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub struct Lettering {
    /// Height of the letters.
    pub size: f64,
    /// Whether they are bold.
    pub is_bold: bool,
    /// Which end of the text is at its place.
    pub end: End,
    /// Whether the text runs upward.
    pub is_turned: bool,
    /// Colour of the letters.
    pub colour: RGBColor,
}

/// The end of a text that is at its place; its middle is at that height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The text begins there.
    Left,
    /// It lies around it.
    Middle,
    /// It ends there.
    Right,
}

impl Lettering {
    /// Plain letters that begin at their place.
    pub fn new(size: f64, colour: RGBColor) -> Self {
        Self { size, is_bold: false, end: End::Left, is_turned: false, colour }
    }

    /// With another end at the place.
    pub fn at(self, end: End) -> Self {
        Self { end, ..self }
    }

    /// In bold.
    pub fn bold(self) -> Self {
        Self { is_bold: true, ..self }
    }

    /// Running upward.
    pub fn turned(self) -> Self {
        Self { is_turned: true, ..self }
    }
}

/// What a document says to those who do not see it.
pub struct Words<'a> {
    /// What it is.
    pub title: &'a str,
    /// How to read it.
    pub subtitle: &'a str,
    /// What must be known besides.
    pub notes: &'a [String],
}

impl Words<'_> {
    fn elements(&self, is_marked: bool) -> String {
        if !is_marked {
            return format!("<title>{}</title>\n", escaped(&format!("{}: {}", self.title, self.subtitle)));
        }
        let description = [&[self.subtitle.to_owned()], self.notes].concat().join(". ");
        format!("<title>{}</title>\n<desc>{}</desc>\n", escaped(self.title), escaped(&description))
    }
}

/// Draws a document of this size; marked, its groups are in it.
pub fn document(
    (width, height): (u32, u32),
    theme: Theme,
    (words, is_marked): (&Words, bool),
    draw: impl FnOnce(&Canvas),
) -> String {
    let mut text = String::new();
    let marks = is_marked.then(Marks::default);
    {
        let area = SVGBackend::with_string(&mut text, (width, height)).into_drawing_area();
        area.fill(&theme.ground()).expect(INFALLIBLE);
        let canvas = Canvas { area, theme, marks: marks.as_ref() };
        draw(&canvas);
        canvas.area.present().expect(INFALLIBLE);
    }
    let text = marks.map_or_else(|| text.clone(), |marks| marks.put_into(&text));
    text.replacen(">\n", &format!(" role=\"img\">\n{}", words.elements(is_marked)), 1)
}

impl Canvas<'_> {
    /// What `draw` draws, as a group with these attributes where groups are wanted.
    pub fn group(&self, attributes: &[(&str, String)], draw: impl FnOnce()) {
        let Some(marks) = self.marks else { return draw() };
        self.mark(&marks.open(attributes));
        draw();
        self.mark(&marks.close());
    }

    /// A place in the text, which the mark itself takes in the end.
    fn mark(&self, placeholder: &str) {
        let style = TextStyle::from(FontDesc::new(FontFamily::SansSerif, 1.0, FontStyle::Normal));
        self.area.draw_text(placeholder, &style, (0, 0)).expect(INFALLIBLE);
    }

    /// A line through these places.
    pub fn line(&self, places: &[Place], colour: impl Color, width: u32) {
        if places.len() > 1 {
            let path = PathElement::new(places.to_vec(), colour.stroke_width(width));
            self.area.draw(&path).expect(INFALLIBLE);
        }
    }

    /// A broken line through these places: pixels drawn and pixels left out.
    pub fn dashes(&self, places: &[Place], colour: RGBColor, width: u32, (on, off): (f64, f64)) {
        const SHORTEST: f64 = 1e-6;
        let (mut is_on, mut left) = (true, on);
        for pair in places.windows(2) {
            let [from, to] = [pair[0], pair[1]].map(|(x, y)| (f64::from(x), f64::from(y)));
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let length = (dx * dx + dy * dy).sqrt();
            let at = |along: f64| (pixel(from.0 + dx * along / length), pixel(from.1 + dy * along / length));
            let mut along = 0.0;
            while along < length {
                let next = (along + left).min(length);
                if is_on {
                    self.line(&[at(along), at(next)], colour, width);
                }
                left -= next - along;
                along = next;
                // a rest too short to move along by would be left for ever
                if left < SHORTEST {
                    is_on = !is_on;
                    left = if is_on { on } else { off };
                }
            }
        }
    }

    /// A filled shape with these corners.
    pub fn shape(&self, corners: &[Place], colour: impl Color) {
        self.area.draw(&Polygon::new(corners.to_vec(), colour.filled())).expect(INFALLIBLE);
    }

    /// A filled disc.
    pub fn disc(&self, centre: Place, radius: i32, colour: RGBColor) {
        self.area.draw(&Circle::new(centre, radius, colour.filled())).expect(INFALLIBLE);
    }

    /// A circle.
    pub fn ring(&self, centre: Place, radius: i32, colour: RGBColor) {
        self.area.draw(&Circle::new(centre, radius, colour.stroke_width(2))).expect(INFALLIBLE);
    }

    /// The edge of a rectangle between two corners.
    pub fn frame(&self, corners: [Place; 2], colour: RGBColor) {
        self.area.draw(&Rectangle::new(corners, colour.stroke_width(1))).expect(INFALLIBLE);
    }

    /// A text.
    pub fn text(&self, text: &str, place: Place, how: Lettering) {
        /// What the backend divides the size of letters by.
        const BACKEND: f64 = 1.24;
        let style = if how.is_bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = FontDesc::new(FontFamily::SansSerif, how.size * BACKEND, style);
        let turn = if how.is_turned { FontTransform::Rotate270 } else { FontTransform::None };
        let h_pos = match how.end {
            End::Left => HPos::Left,
            End::Middle => HPos::Center,
            End::Right => HPos::Right,
        };
        let style =
            TextStyle::from(font.transform(turn)).color(&how.colour).pos(Pos::new(h_pos, VPos::Center));
        self.area.draw_text(&clean(text), &style, place).expect(INFALLIBLE);
    }
}

/// The pixel nearest to a place.
#[expect(clippy::cast_possible_truncation, reason = "figures are small, and saturating is meant")]
pub fn pixel(place: f64) -> i32 {
    place.round() as i32
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::science::seed::{Purpose, Streams};

    /// Lengths that are no sum of dashes leave rests that rounding would keep for ever.
    #[test]
    fn broken_lines_of_any_length_end() {
        let mut stream = Streams { seed: 1, replicate: 0 }.stream(Purpose::Probe);
        for _ in 0..50 {
            let mut place = || (stream.random_range(0..2000), stream.random_range(0..2000));
            let places: Vec<Place> = (0..61).map(|_| place()).collect();
            let words = Words { title: "t", subtitle: "", notes: &[] };
            let text = document((2000, 2000), Theme::Light, (&words, false), |canvas| {
                canvas.dashes(&places, canvas.theme.ink(), 1, (6.0, 4.0));
                canvas.dashes(&places, canvas.theme.ink(), 1, (1.3, 3.1));
            });
            let length: f64 = places
                .windows(2)
                .map(|pair| f64::from(pair[1].0 - pair[0].0).hypot(f64::from(pair[1].1 - pair[0].1)))
                .sum();
            #[expect(clippy::cast_precision_loss, reason = "lines are few")]
            let dashes = text.matches("<polyline").count() as f64;
            let expected = length / 10.0 + length / 4.4;
            assert!((dashes / expected - 1.0).abs() < 0.05, "{dashes} {expected}");
        }
    }
}
