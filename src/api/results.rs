//! Results and analyses.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evaluation::{CellResult, Evaluation};

/// One page of results, in sweep order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResultList<'a> {
    /// One result for each cell; of a search one for each configuration that was trained.
    pub items: Cow<'a, [CellResult]>,
    /// Cursor of the next page; `null` on the last page.
    #[serde(default)]
    pub next_cursor: Option<String>,
}

impl<'a> ResultList<'a> {
    /// So many results from a place on.
    #[must_use]
    pub fn page(evaluation: &'a Evaluation, from: usize, limit: usize) -> Self {
        let all = &evaluation.results;
        let from = from.min(all.len());
        let to = from.saturating_add(limit).min(all.len());
        let next_cursor = (to < all.len()).then(|| to.to_string());
        Self { items: Cow::Borrowed(&all[from..to]), next_cursor }
    }
}

/// The text of a page of results whose texts are at hand: the same as that of a [`ResultList`].
#[must_use]
pub fn page_of_texts(items: &[Vec<u8>], next: Option<usize>) -> Vec<u8> {
    let next = next.map_or("null".to_owned(), |next| format!("\"{next}\""));
    let length = items.iter().map(|item| item.len() + 1).sum::<usize>() + 40;
    let mut text = Vec::with_capacity(length);
    text.extend_from_slice(b"{\"items\":[");
    text.extend_from_slice(&items.join(&b','));
    text.extend_from_slice(b"],\"next_cursor\":");
    text.extend_from_slice(next.as_bytes());
    text.push(b'}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_texts_reads_like_a_page() {
        let item = serde_json::json!({"cell": {"/a": 1}});
        for (items, next) in [(0, None), (1, Some(7)), (3, None)] {
            let text = page_of_texts(&vec![item.to_string().into_bytes(); items], next);
            let page =
                ResultList { items: Cow::Borrowed(&[]), next_cursor: next.map(|next| next.to_string()) };
            let mut expected = serde_json::to_value(page).unwrap();
            expected["items"] = vec![item.clone(); items].into();
            // the order of fields too
            assert_eq!(String::from_utf8(text).unwrap(), expected.to_string());
        }
    }
}
