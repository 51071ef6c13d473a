//! `GET /v1/compare`: how jobs differ, cell by cell.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use super::extract::Query;
use super::page::{PageOf, page};
use super::{Problem, Service};
use crate::api::ComparisonPage;
use crate::evaluation::compare::{Named, compare_jobs};
use crate::job::JobId;
use crate::science::estimator::{all_quantities, all_ratios};
use crate::spec::Fault;

/// Jobs that are compared at once.
const MOST_JOBS: usize = 8;

/// Parameters of the query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    jobs: Option<String>,
    quantity: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// Compares jobs with the first of them.
pub async fn compare(
    State(service): State<Service>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<ComparisonPage>, Problem> {
    let jobs = jobs(parameters.jobs.as_deref().unwrap_or_default());
    let names = quantities(parameters.quantity.as_deref());
    let page = page(parameters.limit.as_deref(), parameters.cursor.as_deref());
    let (Ok(jobs), Ok(names), Ok(PageOf { limit, from })) = (&jobs, &names, &page) else {
        let faults = [jobs.err(), names.err(), page.err()].into_iter().flatten().flatten();
        return Err(Problem::parameters(faults.collect()));
    };
    let mut evaluated = Vec::new();
    for job in jobs {
        evaluated.push((job.to_string(), service.evaluator.of(*job).await?));
    }
    let (names, limit, from) = (names.clone(), *limit, *from);
    let compute = move || {
        let jobs: Vec<Named> = evaluated.iter().map(|(id, job)| (id.clone(), &***job)).collect();
        let mut comparison = compare_jobs(&jobs, &names);
        let total = comparison.items.len();
        let next = from.saturating_add(limit);
        comparison.items = comparison.items.into_iter().skip(from).take(limit).collect();
        ComparisonPage { comparison, total, next_cursor: (next < total).then(|| next.to_string()) }
    };
    Ok(Json(tokio::task::spawn_blocking(compute).await.map_err(|_| Problem::internal())?))
}

fn jobs(text: &str) -> Result<Vec<JobId>, Vec<Fault>> {
    let parts: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    let mut faults = Vec::new();
    let mut jobs = Vec::new();
    if !(2..=MOST_JOBS).contains(&parts.len()) {
        let detail =
            format!("must name 2 to {MOST_JOBS} jobs, separated by commas; it names {}", parts.len());
        faults.push(Fault::new("/jobs", detail));
    }
    for part in parts {
        match part.parse::<JobId>() {
            Ok(job) if jobs.contains(&job) => {
                faults.push(Fault::new("/jobs", format!("names {part} twice")));
            }
            Ok(job) => jobs.push(job),
            Err(_) => {
                faults.push(Fault::new("/jobs", format!("{part:?} is not a job id (a uuid of version 7)")));
            }
        }
    }
    if faults.is_empty() { Ok(jobs) } else { Err(faults) }
}

fn quantities(text: Option<&str>) -> Result<Vec<String>, Vec<Fault>> {
    let ratios = all_ratios();
    let fault = |name: &&str| {
        if ratios.iter().any(|ratio| ratio.name == *name) {
            let detail = format!("{name} is a ratio of averages, which has no value for a single replicate");
            return Some(Fault::new("/quantity", detail));
        }
        let is_known = all_quantities().iter().any(|(_, quantity)| quantity.name == *name);
        let detail = format!("there is no quantity {name:?}; GET /v1/catalog lists them");
        (!is_known).then(|| Fault::new("/quantity", detail))
    };
    let names: Vec<&str> = text.map(|text| text.split(',').map(str::trim).collect()).unwrap_or_default();
    let faults: Vec<Fault> = names.iter().filter_map(fault).collect();
    if faults.is_empty() { Ok(names.into_iter().map(str::to_owned).collect()) } else { Err(faults) }
}
