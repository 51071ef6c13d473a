//! Faults of a spec, each with its location and the limit that is violated.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One fault of a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Fault {
    /// JSON pointer (RFC 6901) to the faulty value, or the name of a query parameter after `/`;
    /// empty for the whole document.
    pub pointer: String,
    /// What is wrong with the value, and the limit that it violates.
    pub detail: String,
}

impl Fault {
    /// A fault at `pointer`.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: in_plain_words(detail.into()) }
    }
}

/// Why a document was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Rejection {
    /// The text is not JSON, or a field stands twice.
    #[error("the document is not valid JSON")]
    Syntax(Fault),
    /// JSON, but not a job that may run: every fault that was found.
    #[error("the job has {}", counted(.0.len()))]
    Invalid(Vec<Fault>),
}

/// What a reader of JSON says of types, without those of the program.
fn in_plain_words(detail: String) -> String {
    const WHOLE: [&str; 6] =
        ["expected usize", "expected u64", "expected u32", "expected u16", "expected u8", "expected i64"];
    if !detail.contains("expected ") {
        return detail;
    }
    let plain = WHOLE.iter().fold(detail, |detail, kind| detail.replace(kind, "expected a whole number"));
    plain.replace("expected f64", "expected a number")
}

/// `1 fault`, `2 faults`.
fn counted(faults: usize) -> String {
    format!("{faults} fault{}", if faults == 1 { "" } else { "s" })
}

impl Rejection {
    /// All faults, in document order of their pointers.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        match self {
            Self::Syntax(fault) => std::slice::from_ref(fault),
            Self::Invalid(faults) => faults,
        }
    }
}

/// Whether `pointer` is `ancestor` or lies inside it.
#[must_use]
pub fn is_within(pointer: &str, ancestor: &str) -> bool {
    pointer.strip_prefix(ancestor).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containment_respects_whole_segments() {
        assert!(is_within("/a/b", "/a") && is_within("/a", "/a") && is_within("/a", ""));
        assert!(!is_within("/ab", "/a") && !is_within("/a", "/a/b"));
    }
}
