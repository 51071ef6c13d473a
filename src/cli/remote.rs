//! Commands that ask a running service: the command line as a client of the HTTP API.

mod change;
mod compare;
mod export;
mod list;
mod show;
mod submit;
mod verify;
mod watch;

use clap::Args;
use serde::Serialize;

use super::terminal::{FAILURE, INVALID, SUCCESS, print};
use crate::api::{JobList, JobView};
use crate::client::{Client, ClientError};
use crate::job::JobState;
pub(super) use change::{Cancel, Delete, Pause, Resume, Retry};
pub(super) use compare::Compare;
pub(super) use export::Export;
pub(super) use list::List;
pub(super) use show::Show;
pub(super) use submit::Submit;
pub(super) use verify::Verify;
pub(super) use watch::Watch;

/// Where the service is.
#[derive(Debug, Args)]
pub(super) struct Remote {
    /// Address of the service
    #[arg(long, env = "BITGAUGE_SERVER", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    server: String,
    /// Token of the service, if it asks for one
    #[arg(long, env = "BITGAUGE_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Print the answer as JSON
    #[arg(long, env = "BITGAUGE_JSON")]
    json: bool,
}

impl Remote {
    fn client(&self) -> Result<Client, ClientError> {
        Client::new(&self.server, self.token.clone())
    }
}

/// The state of a job, and whether it is paused.
fn state_of(job: &JobView) -> String {
    let paused = if job.paused_at.is_some() { ", paused" } else { "" };
    format!("{}{paused}", job.state)
}

/// A job of the service, by its id or as the newest.
#[derive(Debug, Args)]
pub(super) struct OneJob {
    /// Id of the job, or latest
    job: String,
    #[command(flatten)]
    remote: Remote,
}

impl OneJob {
    /// The client, and the path of the job.
    fn find(&self) -> Result<(Client, String), ClientError> {
        let client = self.remote.client()?;
        let path = path_of(&client, &self.job)?;
        Ok((client, path))
    }
}

/// The path of a job; `latest` is the newest one.
fn path_of(client: &Client, job: &str) -> Result<String, ClientError> {
    if job != "latest" {
        let is_plain = job.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let address = || ClientError::Address(format!("{job:?} is no id of a job"));
        return is_plain.then(|| format!("/v1/jobs/{job}")).ok_or_else(address);
    }
    let list: JobList = client.get("/v1/jobs?limit=1")?;
    let newest = list.items.first().map(|job| format!("/v1/jobs/{}", job.id));
    newest.ok_or_else(|| ClientError::Address("the service has no jobs".into()))
}

/// What a command came to, as an exit code: refused documents are told from other failures.
pub(super) fn code(outcome: anyhow::Result<u8>) -> anyhow::Result<u8> {
    match outcome {
        Err(error) => match error.downcast_ref::<ClientError>() {
            Some(ClientError::Refused(problem)) if problem.status < 500 => {
                eprintln!("bitgauge: {error}");
                Ok(INVALID)
            }
            _ => Err(error),
        },
        other => other,
    }
}

/// The exit code of a job that stands so.
const fn code_of(state: JobState) -> u8 {
    match state {
        JobState::Failed | JobState::Cancelled | JobState::Diverged => FAILURE,
        JobState::Queued | JobState::Running | JobState::Succeeded => SUCCESS,
    }
}

fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    print(text.as_bytes())
}

/// A text made into a part of a query.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b',' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_encoded() {
        assert_eq!(encoded("a b&c=ü,x"), "a%20b%26c%3D%C3%BC,x");
    }
}
