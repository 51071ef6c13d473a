//! `GET /v1/jobs/{id}/analysis` and `/regularization.csv`: what the cells say together.

use axum::Json;
use axum::extract::State;
use axum::response::Response;

use super::super::extract::{JobPath, NoParameters, Query};
use super::super::{Problem, Service};
use super::results::attachment;
use super::with_whole;
use crate::job::analysis::{Analysis, analyze};
use crate::job::table;

/// Analyzes what is there; a job that runs is analyzed as far as it is.
pub async fn analysis(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<Analysis>, Problem> {
    let make = |whole: &super::Whole| Ok(analyze(&whole.spec, &whole.outcomes()?));
    Ok(Json(with_whole(&service, id, make).await?))
}

/// Bits kept and gaps of every knob, as a table.
pub async fn regularization(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let make = |whole: &super::Whole| {
        Ok(table::regularization_csv(&analyze(&whole.spec, &whole.outcomes()?).regularization))
    };
    Ok(attachment(with_whole(&service, id, make).await?, &format!("{id}-regularization.csv")))
}
