//! Forms that this build leaves out: their paths say so, instead of not being there.

use axum::http::StatusCode;
use axum::routing::{MethodRouter, get};

use super::{Problem, Service};
use crate::drawing::Picture;
use crate::evaluation::tables::JobTable;
use crate::export::Format;

/// Path and handler of every such form.
pub fn endpoints() -> impl Iterator<Item = (String, MethodRouter<Service>)> {
    let tables = Format::LEFT_OUT.iter().flat_map(|suffix| {
        let of_jobs =
            JobTable::ALL.into_iter().map(move |table| format!("/v1/jobs/{{id}}/{}.{suffix}", table.name()));
        of_jobs.chain(["measurements", "capacities"].map(move |name| format!("/v1/{name}.{suffix}")))
    });
    let figures = Picture::LEFT_OUT.iter().map(|suffix| format!("/v1/jobs/{{id}}/figure.{suffix}"));
    tables.chain(figures).map(|path| (path, get(refuse)))
}

async fn refuse() -> Problem {
    let detail = "this build leaves this form out: it needs one with the features `parquet` and `pictures`";
    Problem::new(StatusCode::NOT_IMPLEMENTED, "not-implemented", detail)
}
