//! Bodies of requests that are small documents, with problems that name every place.

use serde::de::DeserializeOwned;

use super::Problem;
use crate::science::family::pointer_of;
use crate::spec::{Fault, json};

/// The document of a body as a `T`; an array in the place of the object is refused.
///
/// # Errors
/// When the body is no JSON document, or none of a `T`.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let document = json::parse(body).map_err(Problem::invalid_json)?;
    if !document.is_object() {
        return Err(Problem::invalid_body(vec![Fault::new("", "must be an object")]));
    }
    serde_path_to_error::deserialize(&document).map_err(|error| {
        let pointer = pointer_of(error.path());
        Problem::invalid_body(vec![Fault::new(pointer, error.into_inner().to_string())])
    })
}

/// The same of a body that may be left out.
///
/// # Errors
/// As [`read`].
pub fn read_or_default<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, Problem> {
    if body.is_empty() { Ok(T::default()) } else { read(body) }
}
