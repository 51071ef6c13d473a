//! `bitgauge verify`: runs trials of a job again and compares their digests.

use clap::Args;
use serde_json::json;

use super::super::terminal::{FAILURE, SUCCESS, print};
use super::watch::until_the_end;
use super::{OneJob, print_json};
use crate::api::{Agreement, JobView, Verification};
use crate::client::Method;

#[derive(Debug, Args)]
pub struct Verify {
    #[command(flatten)]
    one: OneJob,
    /// Number of trials to run again, spread over the job; all by default
    #[arg(long)]
    sample: Option<u32>,
}

impl Verify {
    pub fn run(self) -> anyhow::Result<u8> {
        let (client, path) = self.one.find()?;
        let request = self.sample.map_or(json!({}), |sample| json!({"sample": sample}));
        let job: JobView = client.send_json(Method::POST, &format!("{path}/verify"), Some(&request), &[])?;
        let itself = job.links.itself;
        until_the_end(&client, &itself)?;
        let found: Verification = client.get(&format!("{itself}/verification"))?;
        if self.one.remote.json {
            print_json(&found)?;
        } else {
            let Verification { trials, equal, differing, without_digest, .. } = &found;
            let text = format!(
                "{trials} trials run again by job {}: {equal} equal, {differing} differ, {without_digest} without a digest\n",
                job.id
            );
            print(text.as_bytes())?;
        }
        Ok(if found.verdict == Agreement::Equal { SUCCESS } else { FAILURE })
    }
}
