//! Results across jobs as files: every row, read from the store page by page as the client takes it.

use std::io;

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use tokio::runtime::Handle;

use super::super::extract::Query;
use super::super::stream::written;
use super::super::tag::Tag;
use super::super::{Problem, Service};
use super::filter::{Asked, Parameters};
use super::tables::{capacities, measurements};
use crate::export::Format;
use crate::store::{Page, PageRequest, ResultFilter, ResultSort, Store, StoreError};

/// Rows that are read at once.
const PAGE: u32 = 500;

/// Path and handler of both lists in every format.
pub fn endpoints() -> impl Iterator<Item = (String, MethodRouter<Service>)> {
    let one = |format: Format| {
        let measured = move |service, query, asked| show_measurements(service, query, asked, format);
        let stored = move |service, query, asked| show_capacities(service, query, asked, format);
        [("measurements", get(measured)), ("capacities", get(stored))]
            .map(|(name, handler)| (format!("/v1/{name}.{}", format.suffix()), handler))
    };
    Format::ALL.iter().flat_map(move |format| one(*format))
}

async fn show_measurements(
    State(service): State<Service>,
    Query(parameters): Query<Parameters>,
    (uri, headers): (Uri, HeaderMap),
    format: Format,
) -> Result<Response, Problem> {
    let pages = Pages::of(&service, parameters.whole()?.of_measurements()?);
    let tag = Tag::of_all_jobs(&service, &uri.to_string()).await?;
    if tag.is_known(&headers) {
        return Ok(tag.not_modified());
    }
    let body = written(&service, move |output| {
        let read = |pages: &Pages, page: &PageRequest| {
            pages.handle.block_on(pages.store.measurements(&pages.filter, pages.sort, page))
        };
        pages.each(read, |rows| format.write(measurements(rows), output))
    });
    Ok(tag.on(&headers, file("measurements", format, body.await?)))
}

async fn show_capacities(
    State(service): State<Service>,
    Query(parameters): Query<Parameters>,
    (uri, headers): (Uri, HeaderMap),
    format: Format,
) -> Result<Response, Problem> {
    let pages = Pages::of(&service, parameters.whole()?.of_capacities()?);
    let tag = Tag::of_all_jobs(&service, &uri.to_string()).await?;
    if tag.is_known(&headers) {
        return Ok(tag.not_modified());
    }
    let body = written(&service, move |output| {
        let read = |pages: &Pages, page: &PageRequest| {
            pages.handle.block_on(pages.store.capacities(&pages.filter, pages.sort, page))
        };
        pages.each(read, |rows| format.write(capacities(rows), output))
    });
    Ok(tag.on(&headers, file("capacities", format, body.await?)))
}

fn file(name: &str, format: Format, body: axum::body::Body) -> Response {
    // a browser saves it
    let disposition = format!("attachment; filename=\"{name}.{}\"", format.suffix());
    let headers = [(CONTENT_TYPE, format.media_type().to_owned()), (CONTENT_DISPOSITION, disposition)];
    (headers, body).into_response()
}

/// All rows of a list, of which a page is held in memory.
struct Pages {
    store: Store,
    filter: ResultFilter,
    sort: ResultSort,
    handle: Handle,
}

impl Pages {
    fn of(service: &Service, asked: Asked) -> Self {
        let Asked { filter, sort, .. } = asked;
        Self { store: service.store.clone(), filter, sort, handle: Handle::current() }
    }

    /// Hands the rows to `write`, on a thread that may wait.
    fn each<T>(
        &self,
        read: impl Fn(&Self, &PageRequest) -> Result<Page<T>, StoreError>,
        write: impl FnOnce(&mut dyn Iterator<Item = T>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut failed = None;
        let mut next = Some(PageRequest { limit: PAGE, cursor: None, skip: 0 });
        let mut page = Vec::new().into_iter();
        let mut rows = std::iter::from_fn(|| {
            if page.len() == 0 {
                let found = read(self, &next.take()?).map_err(|error| failed = Some(error)).ok()?;
                next = found.next_cursor.map(|cursor| PageRequest {
                    limit: PAGE,
                    cursor: Some(cursor),
                    skip: 0,
                });
                page = found.items.into_iter();
            }
            page.next()
        });
        let written = write(&mut rows.by_ref().fuse());
        // a table that ends where reading failed is no table
        failed.map_or(written, |error| Err(io::Error::other(error)))
    }
}
