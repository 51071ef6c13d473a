//! The routes: one table, from which the router and the check of the API's
//! description are made.

use std::borrow::Cow;

use axum::Router;
use axum::routing::{MethodRouter, get, post};

use super::compression::compressed;
use super::jobs::{
    analysis, cancel, change, create, delete, derive, events, figure, list, pause, report, results, retry,
    show, table, trials, verify,
};
use super::listen::Routers;
use super::{
    Problem, Service, across, backups, calibration, catalog, compare, docs, documents, feed, guard, health,
    left_out, metrics, site, workers,
};

type Endpoint = (Cow<'static, str>, &'static [&'static str], MethodRouter<Service>);

/// Path, documented methods, handlers.
fn endpoints() -> Vec<Endpoint> {
    let made = table::endpoints().chain(figure::endpoints()).chain(across::endpoints());
    let made = made.chain(left_out::endpoints());
    let made = made.map(|(path, handler)| (path.into(), &["get"][..], handler));
    let fixed = fixed().into_iter().map(|(path, methods, handlers)| (path.into(), methods, handlers));
    fixed.chain(made).collect()
}

/// Those that are not made from a list elsewhere.
fn fixed() -> Vec<(&'static str, &'static [&'static str], MethodRouter<Service>)> {
    vec![
        ("/v1/jobs", &["post", "get", "delete"], post(create::create).get(list::list).delete(delete::many)),
        (
            "/v1/jobs/{id}",
            &["get", "patch", "delete"],
            get(show::show).patch(change::change).delete(delete::one),
        ),
        ("/v1/jobs/{id}/events", &["get"], get(events::events)),
        ("/v1/jobs/{id}/results", &["get"], get(results::results)),
        ("/v1/jobs/{id}/trials", &["get"], get(trials::trials)),
        ("/v1/jobs/{id}/analysis", &["get"], get(analysis::analysis)),
        ("/v1/jobs/{id}/figures", &["get"], get(figure::kinds)),
        ("/v1/jobs/{id}/figure.txt", &["get"], get(figure::txt)),
        ("/v1/jobs/{id}/report.html", &["get"], get(report::show)),
        ("/v1/jobs/{id}/trials/{number}", &["get"], get(trials::trial)),
        ("/v1/jobs/{id}/cancel", &["post"], post(cancel::cancel)),
        ("/v1/jobs/{id}/pause", &["post"], post(pause::pause)),
        ("/v1/jobs/{id}/resume", &["post"], post(pause::resume)),
        ("/v1/jobs/{id}/retry", &["post"], post(retry::retry)),
        ("/v1/jobs/{id}/clone", &["post"], post(derive::clone)),
        ("/v1/jobs/{id}/extend", &["post"], post(derive::extend)),
        ("/v1/jobs/{id}/verify", &["post"], post(verify::verify)),
        ("/v1/jobs/{id}/verification", &["get"], get(verify::show)),
        ("/v1/compare", &["get"], get(compare::compare)),
        ("/v1/measurements", &["get"], get(across::measurements)),
        ("/v1/capacities", &["get"], get(across::capacities)),
        ("/v1/calibration", &["get", "post"], get(calibration::show).post(calibration::begin)),
        ("/v1/calibration/run", &["get"], get(calibration::run)),
        ("/v1/calibration/cancel", &["post"], post(calibration::cancel)),
        ("/v1/catalog", &["get"], get(catalog::show)),
        ("/v1/presets", &["get"], get(catalog::presets)),
        ("/v1/presets/{id}", &["get"], get(catalog::preset)),
        ("/v1/schemas/job.json", &["get"], get(catalog::job_schema)),
        ("/v1/events", &["get"], get(feed::events)),
        ("/v1/backup", &["post"], post(backups::create)),
        ("/v1/backups", &["get"], get(backups::list)),
        ("/v1/workers", &["get"], get(workers::list)),
        ("/metrics", &["get"], get(metrics::show)),
        ("/v1/version", &["get"], get(health::version)),
        ("/openapi.yaml", &["get"], get(documents::openapi)),
        ("/openapi.json", &["get"], get(documents::openapi_json)),
        ("/docs", &["get"], get(docs::page)),
        ("/docs.css", &["get"], get(docs::style)),
    ]
}

/// Those that tell how the server is: no limit keeps them from answering.
fn probes() -> [(&'static str, &'static [&'static str], MethodRouter<Service>); 2] {
    [("/livez", &["get"], get(health::live)), ("/readyz", &["get"], get(health::ready))]
}

/// Every path with its methods, for the check of `openapi.yaml`.
#[must_use]
pub fn documented_routes() -> Vec<(Cow<'static, str>, &'static [&'static str])> {
    let probes = probes().into_iter().map(|(path, methods, handlers)| (path.into(), methods, handlers));
    endpoints().into_iter().chain(probes).map(|(path, methods, _)| (path, methods)).collect()
}

/// The whole service behind its guards, and the probes alone.
pub fn routers(service: Service) -> Routers {
    let mut routes = Router::new();
    for (path, _, handlers) in endpoints() {
        let is_stream = path.ends_with("/events");
        routes = routes.route(&path, if is_stream { handlers } else { compressed(handlers) });
    }
    let routes = routes.fallback(site::nothing_here).with_state(service.clone());
    let mut probes = Router::new();
    for (path, _, handlers) in self::probes() {
        probes = probes.route(path, handlers);
    }
    let probes: Router = probes.with_state(service.clone());
    let page = guard::open(site::routes().with_state(service.clone()), &service);
    let whole = guard::guarded(routes, &service).merge(page).merge(probes.clone());
    Routers {
        whole: guard::outermost(whole, &service),
        probes: guard::outermost(probes.fallback(no_room), &service),
    }
}

/// What a connection beyond the limit is told.
async fn no_room() -> Problem {
    Problem::overloaded("too many connections at the same time; try again")
}
