//! Words of tables and figures: names, numbers and coordinates in few characters. Knows nothing
//! of what they stand for.

use serde_json::Value;

use crate::spec::Coordinates;

/// The last word of a pointer.
#[must_use]
pub fn short(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

/// A pointer or name as words: `/dataset/samples` is `dataset samples`.
#[must_use]
pub fn spoken(path: &str) -> String {
    path.trim_start_matches('/').replace(['/', '_'], " ")
}

/// A coordinate in few characters: `dropout rate=0.2` for a regularizer.
#[must_use]
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

/// Whether something is so.
#[must_use]
pub const fn yes_or_no(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

/// Where something lies, after a name: ` at samples = 100`; nothing where it lies nowhere in particular.
#[must_use]
pub fn at(cell: &Coordinates) -> String {
    if cell.0.is_empty() { String::new() } else { format!(" at {}", setting(cell)) }
}

/// Four significant digits, as many as an interval carries.
#[must_use]
pub fn number(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        _ if size >= 1000.0 || size == 0.0 => 0,
        _ if size >= 100.0 => 1,
        _ if size >= 10.0 => 2,
        _ if size >= 0.1 => 3,
        _ if size >= 0.01 => 4,
        _ if size >= 0.001 => 5,
        _ => return format!("{value:.3e}"),
    };
    format!("{value:.decimals$}")
}

/// A chance: nothing is told apart below a millionth.
#[must_use]
pub fn chance(p: f64) -> String {
    match p {
        _ if p < 1e-6 => "< 1e-6".to_owned(),
        _ if p < 1e-3 => format!("{p:.1e}"),
        _ => format!("{p:.3}"),
    }
}

/// A text of so many characters at most; that it was longer shows.
#[must_use]
pub fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The shortest form of a number on an axis.
#[must_use]
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_that_was_cut_says_so() {
        assert_eq!([cut("seven", 5), cut("se ven", 4), cut("äöü", 2)], ["seven", "se…", "ä…"]);
    }

    #[test]
    fn numbers_keep_four_digits() {
        let texts: Vec<String> =
            [0.0, 12345.6, 999.96, 12.345, 1.2345, -0.01234].into_iter().map(number).collect();
        assert_eq!(texts, ["0", "12346", "1000.0", "12.35", "1.234", "-0.0123"]);
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
}
