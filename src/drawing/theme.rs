//! Themes: the colours of figures on light and on dark ground, told apart by every eye.

use std::str::FromStr;

use plotters::style::RGBColor;

use crate::figure::MOST_COLOURS;

/// Colours of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// On white.
    #[default]
    Light,
    /// On near-black.
    Dark,
}

const BLACK: RGBColor = RGBColor(0, 0, 0);
const ORANGE: RGBColor = RGBColor(230, 159, 0);
const SKY_BLUE: RGBColor = RGBColor(86, 180, 233);
const GREEN: RGBColor = RGBColor(0, 158, 115);
const YELLOW: RGBColor = RGBColor(240, 228, 66);
const BLUE: RGBColor = RGBColor(0, 114, 178);
const VERMILLION: RGBColor = RGBColor(213, 94, 0);
const PURPLE: RGBColor = RGBColor(204, 121, 167);
const WHITE: RGBColor = RGBColor(240, 240, 240);
const WINE: RGBColor = RGBColor(136, 34, 85);
const OLIVE: RGBColor = RGBColor(140, 140, 40);
const INDIGO: RGBColor = RGBColor(51, 34, 136);
const VIOLET: RGBColor = RGBColor(150, 120, 255);
const SAND: RGBColor = RGBColor(170, 150, 110);
const TEAL: RGBColor = RGBColor(120, 220, 200);

/// Series that have a colour of their own.
pub const COLOURS: usize = MOST_COLOURS;

impl Theme {
    /// The ground.
    pub(super) fn ground(self) -> RGBColor {
        match self {
            Self::Light => RGBColor(255, 255, 255),
            Self::Dark => RGBColor(20, 22, 27),
        }
    }

    /// Titles, axes and overlays.
    pub(super) fn ink(self) -> RGBColor {
        match self {
            Self::Light => RGBColor(26, 26, 26),
            Self::Dark => RGBColor(232, 232, 232),
        }
    }

    /// Labels and notes.
    pub(super) fn muted(self) -> RGBColor {
        match self {
            Self::Light => RGBColor(84, 84, 84),
            Self::Dark => RGBColor(174, 179, 187),
        }
    }

    /// Lines behind everything.
    pub(super) fn grid(self) -> RGBColor {
        match self {
            Self::Light => RGBColor(229, 229, 229),
            Self::Dark => RGBColor(51, 55, 63),
        }
    }

    /// The colour of a series: the palette of Okabe and Ito (2008) without what the ground
    /// swallows, then three that are told apart from it by how light they are. No figure has more series
    /// with names in one panel than there are colours.
    pub(super) fn colour(self, series: usize) -> RGBColor {
        let colours: [RGBColor; COLOURS] = match self {
            Self::Light => [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY_BLUE, BLACK, WINE, OLIVE, INDIGO],
            Self::Dark => [SKY_BLUE, VERMILLION, GREEN, PURPLE, ORANGE, YELLOW, WHITE, VIOLET, SAND, TEAL],
        };
        colours[series % COLOURS]
    }
}

impl FromStr for Theme {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "light" => Ok(Self::Light),
            "dark" => Ok(Self::Dark),
            _ => Err("must be one of light, dark"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, WCAG 2.2.
    fn luminance(RGBColor(r, g, b): RGBColor) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    fn contrast(a: RGBColor, b: RGBColor) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn words_stand_out_from_the_ground_and_so_do_series() {
        for theme in [Theme::Light, Theme::Dark] {
            assert!(contrast(theme.ink(), theme.ground()) > 7.0);
            assert!(contrast(theme.muted(), theme.ground()) > 7.0);
            for series in 0..COLOURS {
                assert!(contrast(theme.colour(series), theme.ground()) > 2.0, "{theme:?} {series}");
            }
        }
    }
}
