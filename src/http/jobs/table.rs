//! `GET /v1/jobs/{id}/{table}.{format}`: each table of a job in each format.

use std::io;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use serde::Deserialize;

use super::super::extract::{JobPath, Query};
use super::super::stream::written;
use super::super::tag::Tag;
use super::super::{Problem, Service};
use super::pages::Pages;
use super::{blocking, find};
use crate::evaluation::tables::{EvaluatedTable, JobTable, Origin, trials};
use crate::evaluator::EvaluationError;
use crate::export::Format;
use crate::job::JobId;
use crate::outcome::Digest;
use crate::spec::Fault;
use crate::store::JobRow;
use crate::table::Table;

/// Path and handler of every table in every format.
pub fn endpoints() -> impl Iterator<Item = (String, MethodRouter<Service>)> {
    let pairs =
        JobTable::ALL.into_iter().flat_map(|table| Format::ALL.iter().map(move |format| (table, *format)));
    pairs.map(|(table, format)| {
        let handler = move |service, path, query, headers| show(service, path, query, headers, table, format);
        (format!("/v1/jobs/{{id}}/{}.{}", table.name(), format.suffix()), get(handler))
    })
}

/// Parameters of the query.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Names of columns with commas between them; all unless stated.
    pub columns: Option<String>,
}

async fn show(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    table: JobTable,
    format: Format,
) -> Result<Response, Problem> {
    let mut response = answer(&service, id, &headers, table, format, parameters).await?;
    if response.status().is_success() {
        // a browser saves it
        let disposition = format!("attachment; filename=\"{id}-{}.{}\"", table.name(), format.suffix());
        response
            .headers_mut()
            .extend([(CONTENT_DISPOSITION, disposition.parse().map_err(|_| Problem::internal())?)]);
    }
    Ok(response)
}

/// A table of a job in a format, or word that the client has it.
///
/// # Errors
/// When there is no such job, no such column, or nothing can be read.
pub async fn answer(
    service: &Service,
    id: JobId,
    headers: &HeaderMap,
    table: JobTable,
    format: Format,
    Parameters { columns }: Parameters,
) -> Result<Response, Problem> {
    let row = find(service, id).await?;
    let what = format!("{}.{} {columns:?}", table.name(), format.suffix());
    let tag = Tag::of_job(service, &row, &what).await?;
    if tag.is_known(headers) {
        return Ok(tag.not_modified());
    }
    let spec = service.store.spec(id).await?.map_err(EvaluationError::from)?;
    let origin = origin(&row, spec.common().seed);
    let body = match table {
        JobTable::Trials => {
            let places =
                columns.map(|names| places(&trials(&spec, std::iter::empty()), &names)).transpose()?;
            let pages = Pages::of(service, id);
            let write = move |output: &mut (dyn io::Write + Send)| {
                pages.summaries(|all| {
                    let table = trials(&spec, all).from(origin.columns());
                    format.write(chosen(table, places), output)
                })
            };
            written(service, write).await?
        }
        JobTable::Evaluated(table) => evaluated(service, id, table, format, columns, origin).await?,
    };
    Ok(tag.on(headers, ([(CONTENT_TYPE, format.media_type())], body).into_response()))
}

async fn evaluated(
    service: &Service,
    id: JobId,
    table: EvaluatedTable,
    format: Format,
    columns: Option<String>,
    origin: Origin,
) -> Result<Body, Problem> {
    let evaluated = service.evaluator.of(id).await?;
    let places = match columns {
        Some(names) => {
            let evaluated = evaluated.clone();
            Some(blocking(move || places(&table.of(&evaluated), &names)).await??)
        }
        None => None,
    };
    let write = move |output: &mut (dyn io::Write + Send)| {
        let origin = Origin { numeric_profile: evaluated.numeric_profile(), ..origin };
        format.write(chosen(table.of(&evaluated).from(origin.columns()), places), output)
    };
    written(service, write).await
}

/// Where the rows of a job's tables come from.
pub fn origin(row: &JobRow, seed: u64) -> Origin {
    let digest = row.spec_digest.clone().unwrap_or_else(|| Digest::of(row.spec_json.as_bytes()));
    Origin {
        job: row.id.to_string(),
        seed,
        spec_digest: digest.to_string(),
        numeric_profile: None,
        version: env!("CARGO_PKG_VERSION"),
    }
}

/// Where the columns of these names are in the table.
fn places(table: &Table, names: &str) -> Result<Vec<usize>, Problem> {
    let known: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let mut places = Vec::new();
    let mut faults = Vec::new();
    for name in names.split(',').map(str::trim) {
        match known.iter().position(|known| *known == name) {
            Some(place) if places.contains(&place) => {
                faults.push(Fault::new("/columns", format!("`{name}` is named twice")));
            }
            Some(place) => places.push(place),
            None => {
                let detail = format!("no column is called `{name}`; there are {}", known.join(", "));
                faults.push(Fault::new("/columns", detail));
            }
        }
    }
    if faults.is_empty() { Ok(places) } else { Err(Problem::parameters(faults)) }
}

fn chosen(table: Table<'_>, places: Option<Vec<usize>>) -> Table<'_> {
    match places {
        Some(places) => table.select(places),
        None => table,
    }
}
