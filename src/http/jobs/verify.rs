//! `POST /v1/jobs/{id}/verify` runs trials of a job again; `GET /v1/jobs/{id}/verification` tells
//! whether their digests agree.

use std::collections::BTreeSet;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::super::body::read_or_default;
use super::super::extract::{JobPath, NoParameters, OptionalBody, Query};
use super::super::{Problem, Service};
use super::submit::{Parameters, submit};
use super::{blocking, find};
use crate::api::{Agreement, Difference, LeftOut, Verification, VerificationRequest};
use crate::evaluator::EvaluationError;
use crate::science::trial::NUMERIC_PROFILE;
use crate::spec::Fault;
use crate::store::{Derived, JobRow, Takes, TrialDigest};

/// Differences that are shown.
const MOST_SHOWN: u32 = 100;

/// Runs trials of a job again, as a job of its own.
pub async fn verify(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    OptionalBody(body): OptionalBody,
) -> Result<Response, Problem> {
    let row = find(&service, id).await?;
    let request = request_of(&body)?;
    let trials = service.store.trial_digests(id, NUMERIC_PROFILE).await?;
    let chosen = blocking(move || choose(&trials, &request)).await?;
    let (numbers, left_out) = chosen.map_err(Problem::invalid_body)?;
    if numbers.is_empty() {
        let detail = format!(
            "the job is {} and no trial of it can be verified: {} have no report, {} are not reproducible, {} were computed with another arithmetic",
            row.state, left_out.without_report, left_out.not_reproducible, left_out.other_arithmetic,
        );
        return Err(Problem::new(StatusCode::CONFLICT, "nothing-to-verify", detail));
    }
    let spec = service.store.spec(id).await?.map_err(EvaluationError::from)?;
    let left_out_json = serde_json::to_string(&left_out).map_err(|_| Problem::internal())?;
    let derived = Derived { origin: id, takes: Takes::TrialsAgain { numbers, left_out_json } };
    submit(&service, spec.as_ref().clone(), parameters, &headers, Some(derived)).await
}

fn request_of(body: &Bytes) -> Result<VerificationRequest, Problem> {
    let request: VerificationRequest = read_or_default(body)?;
    let fault = match (&request.trials, request.sample) {
        (Some(_), Some(_)) => Some(Fault::new("", "trials and sample are mutually exclusive")),
        (None, Some(0)) => Some(Fault::new("/sample", "lower than 1")),
        (Some(trials), None) if trials.is_empty() => Some(Fault::new("/trials", "is empty")),
        _ => None,
    };
    fault.map_or(Ok(request), |fault| Err(Problem::invalid_body(vec![fault])))
}

/// The numbers of the trials to run, and what is left out.
fn choose(trials: &[TrialDigest], request: &VerificationRequest) -> Result<(Vec<u32>, LeftOut), Vec<Fault>> {
    let mut left_out = LeftOut::default();
    let mut able = Vec::new();
    for trial in trials {
        match trial {
            TrialDigest { has_report: false, .. } => left_out.without_report += 1,
            TrialDigest { digest: None, .. } => left_out.not_reproducible += 1,
            TrialDigest { is_of_profile: false, .. } => left_out.other_arithmetic += 1,
            TrialDigest { number, .. } => able.push(*number),
        }
    }
    let numbers: Vec<u32> = match request {
        VerificationRequest { trials: Some(asked), .. } => {
            let known: BTreeSet<u32> = able.iter().copied().collect();
            let fault = |(i, number): (usize, &u32)| {
                let detail = "is not a trial of the job that can be verified: it needs a report with a digest of this build's arithmetic";
                (!known.contains(number)).then(|| Fault::new(format!("/trials/{i}"), detail))
            };
            let faults: Vec<Fault> = asked.iter().enumerate().filter_map(fault).collect();
            if !faults.is_empty() {
                return Err(faults);
            }
            asked.iter().copied().collect::<BTreeSet<_>>().into_iter().collect()
        }
        VerificationRequest { sample: Some(sample), .. } => spread(&able, *sample as usize),
        _ => able.clone(),
    };
    left_out.not_asked_for = (able.len() - numbers.len()) as u64;
    Ok((numbers, left_out))
}

/// So many of them, evenly spread, the first and the last among them.
fn spread(all: &[u32], count: usize) -> Vec<u32> {
    if count >= all.len() {
        return all.to_vec();
    }
    let gaps = (count - 1).max(1);
    (0..count).map(|i| all[i * (all.len() - 1) / gaps]).collect()
}

/// What running them again has shown so far.
pub async fn show(
    State(service): State<Service>,
    JobPath(id): JobPath,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<Verification>, Problem> {
    let row = find(&service, id).await?;
    let Some((origin, left_out)) = row.origin.zip(row.left_out_json.as_deref()) else {
        return Err(Problem::not_found("the job is no verification: POST /v1/jobs/{id}/verify makes one"));
    };
    let left_out: LeftOut = serde_json::from_str(left_out).map_err(|_| Problem::internal())?;
    let differences = service.store.differing(id, MOST_SHOWN).await?;
    let differences = differences.into_iter().map(|verified| Difference {
        trial: verified.number,
        expected_digest: verified.expected_digest,
        digest: verified.digest,
    });
    let counts = row.counts;
    let (pending, without_digest) = (counts.queued + counts.running, counts.failed + counts.cancelled);
    Ok(Json(Verification {
        origin,
        verdict: agreement(&row, pending, without_digest),
        trials: counts.trials,
        equal: counts.succeeded + counts.diverged - row.differing,
        differing: row.differing,
        without_digest,
        pending,
        left_out,
        differences: differences.collect(),
    }))
}

fn agreement(row: &JobRow, pending: i64, without_digest: i64) -> Agreement {
    if row.differing > 0 {
        Agreement::Different
    } else if pending > 0 {
        Agreement::Pending
    } else if without_digest > 0 {
        Agreement::Incomplete
    } else {
        Agreement::Equal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_spread_over_all() {
        let all: Vec<u32> = (10..20).collect();
        assert_eq!(spread(&all, 1), [10]);
        assert_eq!(spread(&all, 2), [10, 19]);
        assert_eq!(spread(&all, 4), [10, 13, 16, 19]);
        assert_eq!(spread(&all, 99), all);
    }
}
