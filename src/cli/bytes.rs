//! Sizes of memory as they are stated: `8GiB`, `500MB`, `1073741824`.

/// Names of units, longest first, and their bytes.
const UNITS: [(&str, u64); 9] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
];

/// The bytes that such a text states.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let ends = |name: &str| {
        let at = text.len().checked_sub(name.len())?;
        let is_same = text.get(at..)?.eq_ignore_ascii_case(name);
        is_same.then(|| text[..at].trim_end())
    };
    let found = UNITS.iter().find_map(|(name, bytes)| Some((ends(name)?, *bytes)));
    let (number, unit) = found.unwrap_or((text, 1));
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    match bytes {
        Some(0) => Err("must be more than 0".to_owned()),
        Some(bytes) => Ok(bytes),
        None => Err("a whole number of bytes, or with a unit such as 512MiB, 8GiB, 8GB".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_may_have_a_unit() {
        for (text, bytes) in
            [("1024", 1024), ("8GiB", 8 << 30), ("8 gib", 8 << 30), ("500MB", 500_000_000), ("7B", 7)]
        {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
        for text in ["", "0", "GiB", "1.5GiB", "-1", "8XB", "99999999999TiB", "é"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
