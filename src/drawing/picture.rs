//! Forms of a picture: SVG as it is drawn, and made of it PNG and PDF, with the fonts of this
//! repository, so that a figure is the same on every machine.

use std::path::Path;
#[cfg(feature = "pictures")]
use std::sync::{Arc, LazyLock};

#[cfg(feature = "pictures")]
use resvg::{tiny_skia, usvg};

use super::{Look, svg};
use crate::evaluation::Evaluation;
use crate::figure::Request;
use crate::spec::Fault;

/// A form of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// Lines and words that a browser draws.
    Svg,
    /// Pixels, two for each of the figure.
    #[cfg(feature = "pictures")]
    Png,
    /// A page of the figure's size.
    #[cfg(feature = "pictures")]
    Pdf,
}

impl Picture {
    /// Every form.
    pub const ALL: &[Self] = &[
        Self::Svg,
        #[cfg(feature = "pictures")]
        Self::Png,
        #[cfg(feature = "pictures")]
        Self::Pdf,
    ];

    /// How the names of files end that this build cannot write: a feature of the package was left out.
    pub const LEFT_OUT: &[&str] = if cfg!(feature = "pictures") { &[] } else { &["png", "pdf"] };

    /// The form of a file with this name, by how it ends; SVG where it has no ending.
    ///
    /// # Errors
    /// What to say of another ending.
    pub fn of_file(path: &Path) -> Result<Self, String> {
        let Some(ending) = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase())
        else {
            return Ok(Self::Svg);
        };
        let known = Self::ALL.iter().find(|picture| picture.suffix() == ending);
        known.copied().ok_or_else(|| {
            let left_out = if Self::LEFT_OUT.contains(&ending.as_str()) {
                " in this build, which leaves the feature `pictures` out"
            } else {
                ""
            };
            let known: Vec<String> =
                Self::ALL.iter().map(|picture| format!(".{}", picture.suffix())).collect();
            format!("must end in {}{left_out}", known.join(", "))
        })
    }

    /// How the names of such files end.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            #[cfg(feature = "pictures")]
            Self::Png => "png",
            #[cfg(feature = "pictures")]
            Self::Pdf => "pdf",
        }
    }

    /// What an answer in this form is called.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml",
            #[cfg(feature = "pictures")]
            Self::Png => "image/png",
            #[cfg(feature = "pictures")]
            Self::Pdf => "application/pdf",
        }
    }

    /// The figure of a job in this form.
    ///
    /// # Errors
    /// Every fault of the request, each at the parameter's name.
    pub fn draw(
        self,
        evaluation: &Evaluation,
        request: &Request,
        look: &Look,
    ) -> Result<Vec<u8>, Vec<Fault>> {
        let svg = svg(evaluation, request, look)?;
        Ok(match self {
            Self::Svg => svg.into_bytes(),
            #[cfg(feature = "pictures")]
            Self::Png => png(&svg),
            #[cfg(feature = "pictures")]
            Self::Pdf => pdf(&svg),
        })
    }
}

/// Why no call fails.
#[cfg(feature = "pictures")]
const OWN: &str = "our own SVG is valid";

#[cfg(feature = "pictures")]
static FONTS: LazyLock<Arc<usvg::fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(include_bytes!("fonts/DejaVuSans.ttf").to_vec());
    fonts.load_font_data(include_bytes!("fonts/DejaVuSans-Bold.ttf").to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    Arc::new(fonts)
});

#[cfg(feature = "pictures")]
fn tree(svg: &str) -> usvg::Tree {
    let options = usvg::Options { fontdb: Arc::clone(&FONTS), ..usvg::Options::default() };
    usvg::Tree::from_str(svg, &options).expect(OWN)
}

/// Pixels for each pixel of the figure.
#[cfg(feature = "pictures")]
const DENSITY: f32 = 2.0;

/// Pixels of a picture: beyond, it is drawn with fewer for each of the figure.
#[cfg(feature = "pictures")]
const MOST_PIXELS: f32 = 24e6;

#[cfg(feature = "pictures")]
fn png(svg: &str) -> Vec<u8> {
    let tree = tree(svg);
    let (width, height) = (tree.size().width(), tree.size().height());
    let density = DENSITY.min((MOST_PIXELS / (width * height)).sqrt());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and bounded above")]
    let pixels = |length: f32| ((length * density).ceil() as u32).max(1);
    let mut map = tiny_skia::Pixmap::new(pixels(width), pixels(height)).expect("a bounded size");
    resvg::render(&tree, tiny_skia::Transform::from_scale(density, density), &mut map.as_mut());
    map.encode_png().expect("memory takes every byte")
}

#[cfg(feature = "pictures")]
fn pdf(svg: &str) -> Vec<u8> {
    let tree = tree(svg);
    svg2pdf::to_pdf(&tree, svg2pdf::ConversionOptions::default(), svg2pdf::PageOptions { dpi: 96.0 })
        .expect(OWN)
}

#[cfg(all(test, feature = "pictures"))]
mod tests {
    use super::*;

    const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100\" height=\"50\"><rect width=\"100\" height=\"50\" \
                       fill=\"#fff\"/><text x=\"10\" y=\"30\" font-family=\"sans-serif\" font-size=\"20\">bits</text></svg>";

    #[test]
    fn words_become_pixels_and_pages_without_a_font_of_the_machine() {
        let map = tiny_skia::Pixmap::decode_png(&png(SVG)).unwrap();
        assert_eq!((map.width(), map.height()), (200, 100));
        let ink = map.pixels().iter().filter(|pixel| pixel.red() < 64).count();
        assert!(ink > 100, "{ink} dark pixels");
        assert_eq!(png(SVG), png(SVG));
        let page = pdf(SVG);
        assert!(page.starts_with(b"%PDF-") && page == pdf(SVG));
        assert!(page.windows(10).any(|part| part == b"DejaVuSans"), "the font is in the page");
    }
}
