//! The routes: one table, from which the router and the check of the API's
//! description are made.

use std::borrow::Cow;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get, post};

use super::compression::compressed;
use super::jobs::{analysis, cancel, create, events, figure, list, report, results, show, table, trials};
use super::{Problem, Service, across, calibration, catalog, documents, guard, health};

type Endpoint = (Cow<'static, str>, &'static [&'static str], MethodRouter<Service>);

/// Path, documented methods, handlers.
fn endpoints() -> Vec<Endpoint> {
    let made = table::endpoints().chain(figure::endpoints()).chain(across::endpoints());
    let made = made.map(|(path, handler)| (path.into(), &["get"][..], handler));
    let fixed = fixed().map(|(path, methods, handlers)| (path.into(), methods, handlers));
    fixed.into_iter().chain(made).collect()
}

/// Those that are not made from a list elsewhere.
fn fixed() -> [(&'static str, &'static [&'static str], MethodRouter<Service>); 19] {
    [
        ("/v1/jobs", &["post", "get"], post(create::create).get(list::list)),
        ("/v1/jobs/{id}", &["get"], get(show::show)),
        ("/v1/jobs/{id}/events", &["get"], get(events::events)),
        ("/v1/jobs/{id}/results", &["get"], get(results::results)),
        ("/v1/jobs/{id}/trials", &["get"], get(trials::trials)),
        ("/v1/jobs/{id}/analysis", &["get"], get(analysis::analysis)),
        ("/v1/jobs/{id}/figure.txt", &["get"], get(figure::txt)),
        ("/v1/jobs/{id}/report.html", &["get"], get(report::show)),
        ("/v1/jobs/{id}/cancel", &["post"], post(cancel::cancel)),
        ("/v1/measurements", &["get"], get(across::measurements)),
        ("/v1/capacities", &["get"], get(across::capacities)),
        ("/v1/calibration", &["get"], get(calibration::show)),
        ("/v1/catalog", &["get"], get(catalog::show)),
        ("/v1/presets", &["get"], get(catalog::presets)),
        ("/v1/schemas/job.json", &["get"], get(catalog::job_schema)),
        ("/v1/version", &["get"], get(health::version)),
        ("/openapi.yaml", &["get"], get(documents::openapi)),
        ("/livez", &["get"], get(health::live)),
        ("/readyz", &["get"], get(health::ready)),
    ]
}

/// Every path with its methods, for the check of `openapi.yaml`.
#[must_use]
pub fn documented_routes() -> Vec<(Cow<'static, str>, &'static [&'static str])> {
    endpoints().into_iter().map(|(path, methods, _)| (path, methods)).collect()
}

/// The whole service behind its guards.
pub fn router(service: Service) -> Router {
    let mut routes = Router::new();
    for (path, _, handlers) in endpoints() {
        let is_stream = path.ends_with("/events");
        routes = routes.route(&path, if is_stream { handlers } else { compressed(handlers) });
    }
    let routes = routes.fallback(nothing_here).with_state(service.clone());
    guard::guarded(routes, &service)
}

async fn nothing_here() -> Problem {
    Problem::of_status(StatusCode::NOT_FOUND)
}
