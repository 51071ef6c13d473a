//! Marks in a document that is being drawn: groups with attributes. The backend knows no groups, so that each end of
//! one is drawn as a text with its number, which no other text can be, and replaced in the end.

use std::cell::RefCell;

use super::text::escaped;

/// What begins the text of a mark: texts of figures have no control characters.
const SIGN: char = '\u{1}';

/// The marks of one document, by number.
#[derive(Debug, Default)]
pub struct Marks(RefCell<Vec<String>>);

impl Marks {
    /// The beginning of a group.
    pub fn open(&self, attributes: &[(&str, String)]) -> String {
        let attribute = |(name, value): &(&str, String)| {
            let value = escaped(value).replace('"', "&quot;");
            format!(" {name}=\"{value}\"")
        };
        self.push(format!("<g{}>", attributes.iter().map(attribute).collect::<String>()))
    }

    /// Its end.
    pub fn close(&self) -> String {
        self.push("</g>".to_owned())
    }

    fn push(&self, mark: String) -> String {
        let mut marks = self.0.borrow_mut();
        marks.push(mark);
        format!("{SIGN}{}", marks.len() - 1)
    }

    /// The document with the marks in the place of their texts.
    pub fn put_into(self, document: &str) -> String {
        let marks = self.0.into_inner();
        let mut lines: Vec<&str> = document.lines().collect();
        for i in 1..lines.len().saturating_sub(1) {
            let number = lines[i].strip_prefix(SIGN).and_then(|number| number.parse::<usize>().ok());
            if let Some(mark) = number.and_then(|number| marks.get(number)) {
                // the tags of the text stand in lines of their own
                (lines[i - 1], lines[i], lines[i + 1]) = ("", mark.as_str(), "");
            }
        }
        lines.retain(|line| !line.is_empty());
        lines.join("\n") + "\n"
    }
}
