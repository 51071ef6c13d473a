//! `bitgauge submit`: a job for the service.

use clap::Args;
use serde_json::Value;

use super::super::job::JobArguments;
use super::super::terminal::{SUCCESS, duration, print};
use super::watch::until_the_end;
use super::{Remote, code_of, print_json};
use crate::api::JobView;
use crate::client::Method;
use crate::job::Priority;
use crate::spec::admission::Plan;
use crate::words::number;

#[derive(Debug, Args)]
pub struct Submit {
    #[command(flatten)]
    job: JobArguments,
    /// Wait until the job has ended, and print its results
    #[arg(long, conflicts_with = "dry_run")]
    wait: bool,
    /// Only check the spec and print what it would cost
    #[arg(long)]
    dry_run: bool,
    /// How urgent the job is: background, normal or high
    #[arg(long, default_value_t, value_name = "PRIORITY")]
    priority: Priority,
    /// A key under which the same request may be sent twice without making a second job
    #[arg(long)]
    idempotency_key: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

/// What a job would cost, for people.
fn words(plan: &Plan) -> String {
    let span = |low: f64, high: f64| {
        if low.to_bits() == high.to_bits() {
            number(low)
        } else {
            format!("{} to {}", number(low), number(high))
        }
    };
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let parameters = span(plan.parameters.min as f64, plan.parameters.max as f64);
    format!(
        "{} cells, {} trials\nparameters: {parameters}\nbits of a dataset: {}\nmemory of the largest trial: {} MB\n\
         time on all workers, with no other job: about {}; the longest trial {} on one core\n",
        plan.cells,
        plan.trials,
        span(plan.dataset_bits.min, plan.dataset_bits.max),
        plan.estimated_bytes.div_ceil(1_000_000),
        duration(plan.estimated_wall_seconds),
        duration(plan.estimated_trial_seconds),
    )
}

impl Submit {
    pub fn run(self) -> anyhow::Result<u8> {
        let client = self.remote.client()?;
        let (from, text) = self.job.text()?;
        let spec: Value =
            serde_json::from_slice(&text).map_err(|error| anyhow::anyhow!("{from}: {error}"))?;
        let key = self.idempotency_key.as_deref();
        let headers: Vec<(&str, &str)> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
        if self.dry_run {
            let plan: Value =
                client.send_json(Method::POST, "/v1/jobs?dry_run=true", Some(&spec), &headers)?;
            if self.remote.json {
                print_json(&plan)?;
            } else {
                print(words(&serde_json::from_value::<Plan>(plan)?).as_bytes())?;
            }
            return Ok(SUCCESS);
        }
        let path = format!("/v1/jobs?priority={}", self.priority);
        let job: JobView = client.send_json(Method::POST, &path, Some(&spec), &headers)?;
        if !self.wait {
            if self.remote.json {
                print_json(&job)?;
            } else {
                print(format!("{}\n", job.id).as_bytes())?;
            }
            return Ok(SUCCESS);
        }
        eprintln!("bitgauge: job {}", job.id);
        let ended = until_the_end(&client, &job.links.itself)?;
        if self.remote.json {
            print_json(&client.get::<Value>(&job.links.itself)?)?;
        } else {
            super::show::report(&client, &job.links.itself)?;
        }
        Ok(code_of(ended.state))
    }
}
