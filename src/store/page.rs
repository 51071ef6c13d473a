//! Pages of a list: keyset cursors, opaque and checked.

use super::StoreError;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last.
    pub next_cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows at most.
    pub limit: u32,
    /// Where the page begins; the first without.
    pub cursor: Option<String>,
    /// Rows that are passed over before the page.
    pub skip: u32,
}

/// Version of the cursor's form, so that an old one is refused, not misread.
const FORM: &str = "1";

/// A cursor: sort order and the last row's keys, as hexadecimal text.
pub(super) fn encode(sort: &str, keys: &[&str]) -> String {
    let text = [&[FORM, sort], keys].concat().join("\u{1f}");
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// The last row's keys.
pub(super) fn decode(cursor: &str, sort: &str, keys: usize) -> Result<Vec<String>, StoreError> {
    let bytes: Option<Vec<u8>> = (cursor.len().is_multiple_of(2) && cursor.is_ascii() && cursor.len() < 4096)
        .then(|| {
            (0..cursor.len()).step_by(2).map(|i| u8::from_str_radix(&cursor[i..i + 2], 16).ok()).collect()
        })
        .flatten();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(StoreError::InvalidCursor)?;
    let mut parts = text.split('\u{1f}').map(str::to_owned);
    if parts.next().as_deref() != Some(FORM) || parts.next().as_deref() != Some(sort) {
        return Err(StoreError::InvalidCursor);
    }
    let found: Vec<String> = parts.collect();
    if found.len() == keys { Ok(found) } else { Err(StoreError::InvalidCursor) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_and_others_are_refused() {
        let cursor = encode("name", &["büro", "id-1"]);
        assert_eq!(decode(&cursor, "name", 2).unwrap(), ["büro", "id-1"]);
        for bad in
            ["", "x", "zz", "é", &cursor[2..], &encode("created", &["a", "b"]), &encode("name", &["a"])]
        {
            assert!(matches!(decode(bad, "name", 2), Err(StoreError::InvalidCursor)), "{bad}");
        }
    }
}
