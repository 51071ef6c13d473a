//! Words of figures and tables: names, numbers and coordinates in few characters, and how
//! wide they are without any font. Knows nothing of what they stand for.

use serde_json::Value;

use crate::job::sweep::Coordinates;

/// The last word of a pointer.
pub fn short(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

/// A pointer or name as words: `/dataset/samples` is `dataset samples`.
pub fn spoken(path: &str) -> String {
    path.trim_start_matches('/').replace(['/', '_'], " ")
}

/// A coordinate in few characters: `dropout rate=0.2` for a regularizer.
pub fn brief(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(brief).collect::<Vec<_>>().join(" + "),
        Value::Object(fields) => {
            let kind = fields.get("kind").map(brief);
            let rest = fields.iter().filter(|(name, _)| *name != "kind");
            let rest = rest.map(|(name, value)| format!("{name}={}", brief(value)));
            kind.into_iter().chain(rest).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

/// Axes with their values: `samples = 100, rate = 0.2`.
#[must_use]
pub fn setting(cell: &Coordinates) -> String {
    let parts: Vec<String> =
        cell.0.iter().map(|(path, value)| format!("{} = {}", short(path), brief(value))).collect();
    parts.join(", ")
}

/// Four significant digits, as many as an interval carries.
#[must_use]
pub fn number(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        _ if size >= 1000.0 || size == 0.0 => 0,
        _ if size >= 100.0 => 1,
        _ if size >= 10.0 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

/// The shortest form of a number on an axis.
pub fn tick(value: f64) -> String {
    let size = value.abs();
    if value != 0.0 && !(1e-3..1e6).contains(&size) {
        let text = format!("{value:.3e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{exponent}", without_zeros(mantissa));
    }
    without_zeros(&format!("{value:.6}"))
}

fn without_zeros(text: &str) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}

/// A text that every reader of XML takes and that runs one way: no control characters, no
/// noncharacters, no overrides of direction.
pub fn clean(text: &str) -> String {
    let is_override = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .filter(|c| !is_override(*c))
        .map(|c| match c {
            c if c.is_whitespace() => ' ',
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => '\u{FFFD}',
            c => c,
        })
        .collect()
}

/// A text between tags.
pub fn escaped(text: &str) -> String {
    clean(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Pixels that a text takes at most in a sans-serif of this size.
pub fn width(text: &str, size: f64) -> f64 {
    let each = |c: char| match c {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | '.' | ',' | ':' | ';' | '\'' | '|' | ' ' | '(' | ')' | '['
        | ']' | '/' => 0.40,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.98,
        '=' | '+' | '<' | '>' => 0.84,
        'A'..='Z' => 0.73,
        ' '..='~' => 0.63,
        c if c < '\u{1100}' => 0.70,
        _ => 1.0,
    };
    text.chars().map(each).sum::<f64>() * size
}

/// How much wider bold letters are.
pub const BOLD: f64 = 1.15;

/// The text, or as much of its beginning as fits, with an ellipsis.
pub fn shortened(text: &str, size: f64, pixels: f64) -> String {
    if width(text, size) <= pixels {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if width(&kept, size) + size > pixels {
            kept.pop();
            break;
        }
    }
    format!("{}…", kept.trim_end())
}

/// The text in lines of so many pixels; the last one is cut when there are more than `most`.
pub fn wrapped(text: &str, size: f64, pixels: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line, size) + width(" ", size) + width(word, size) <= pixels => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.len() > most {
        let rest = lines.split_off(most - 1).join(" ");
        lines.push(rest);
    }
    lines.iter().map(|line| shortened(line, size, pixels)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_keep_four_digits() {
        let texts: Vec<String> =
            [0.0, 12345.6, 999.96, 12.345, 1.2345, -0.01234].into_iter().map(number).collect();
        assert_eq!(texts, ["0", "12346", "1000.0", "12.35", "1.234", "-0.012"]);
    }

    #[test]
    fn coordinates_are_brief() {
        assert_eq!(brief(&json!([])), "none");
        assert_eq!(brief(&json!([{"kind": "dropout", "rate": 0.2}])), "dropout rate=0.2");
        assert_eq!(brief(&json!([32, 32])), "32 + 32");
        assert_eq!(short("/dataset/samples"), "samples");
        assert_eq!(spoken("/training/learning_rate"), "training learning rate");
    }

    #[test]
    fn ticks_are_as_short_as_they_can_be() {
        let texts: Vec<String> =
            [0.0, 0.25, 100.0, -3.5, 1e6, 2.5e-5, 1_234_000.0].into_iter().map(tick).collect();
        assert_eq!(texts, ["0", "0.25", "100", "-3.5", "1e6", "2.5e-5", "1.234e6"]);
    }

    #[test]
    fn texts_of_users_become_texts_of_xml() {
        assert_eq!(
            escaped("a<b> & \"c\"\u{1}\n\u{202E}d\u{FFFF}"),
            "a&lt;b&gt; &amp; \"c\"\u{FFFD} d\u{FFFD}"
        );
    }

    #[test]
    fn texts_are_cut_and_wrapped_by_width() {
        assert_eq!(shortened("short", 10.0, 100.0), "short");
        let cut = shortened("a rather long label of a series", 10.0, 100.0);
        assert!(cut.ends_with('…') && width(&cut, 10.0) <= 100.0, "{cut}");
        let lines = wrapped("one two three four five six seven", 10.0, 70.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| width(line, 10.0) <= 70.0), "{lines:?}");
    }
}
