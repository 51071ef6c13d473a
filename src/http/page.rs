//! Pages of lists that are made from a whole: a place in the list is a cursor.

use crate::spec::Fault;

/// Items of a page unless stated, and at most.
const LIMIT: u32 = 500;
const MOST: u32 = 2000;

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageOf {
    /// Items at most.
    pub limit: usize,
    /// Place of the first item.
    pub from: usize,
}

/// The page that the parameters `limit` and `cursor` ask for.
pub fn page(of_limit: Option<&str>, cursor: Option<&str>) -> Result<PageOf, Vec<Fault>> {
    let limit = limit(of_limit, LIMIT, MOST);
    let from = cursor.map_or(Ok(0), |cursor| {
        cursor.parse::<u32>().map_err(|_| Fault::new("/cursor", "is not a cursor of this list"))
    });
    match (limit, from) {
        (Ok(limit), Ok(from)) => Ok(PageOf { limit: limit as usize, from: from as usize }),
        (limit, from) => Err([limit.err(), from.err()].into_iter().flatten().collect()),
    }
}

/// The length of a page.
pub fn limit(text: Option<&str>, default: u32, most: u32) -> Result<u32, Fault> {
    let Some(text) = text else { return Ok(default) };
    let number = text.parse().ok().filter(|limit| (1..=most).contains(limit));
    number.ok_or_else(|| Fault::new("/limit", format!("must be a number from 1 to {most}")))
}
