//! Resources with several forms: JSON as our own programs read it, or a table in any format, as the
//! client's `Accept` asks.

use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::header::VARY;
use axum::response::Response;

use super::super::accept::chosen;
use super::super::{Problem, Service};
use super::table::{Parameters, answer};
use crate::evaluation::tables::JobTable;
use crate::export::Format;
use crate::job::JobId;

/// Media type of the JSON form.
pub const JSON: &str = "application/json";

/// An answer in one form.
pub type Form = Result<Response, Problem>;

/// The form of a table that the client likes best.
///
/// # Errors
/// When it accepts none, or the form cannot be made.
pub async fn negotiated(
    service: &Service,
    id: JobId,
    headers: &HeaderMap,
    table: JobTable,
    parameters: Parameters,
    json: impl AsyncFnOnce() -> Form,
) -> Form {
    let offers: Vec<&str> =
        std::iter::once(JSON).chain(Format::ALL.iter().map(|format| format.media_type())).collect();
    let format = chosen(headers, &offers)?.checked_sub(1).map(|i| Format::ALL[i]);
    let mut response = match format {
        Some(format) => answer(service, id, headers, table, format, parameters).await?,
        None if parameters.columns.is_some() => {
            let detail = "the JSON form has no columns: choose a table by suffix (.csv) or by Accept";
            return Err(Problem::parameter("columns", detail));
        }
        None => json().await?,
    };
    response.headers_mut().append(VARY, HeaderValue::from_static("accept"));
    Ok(response)
}
