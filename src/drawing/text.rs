//! Texts in pictures: what XML takes, and how wide a text is without any font. Knows nothing of
//! what they say.

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
    use super::*;

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
