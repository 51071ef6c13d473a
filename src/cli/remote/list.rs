//! `bitgauge list`: the jobs of the service.

use std::fmt::Write;

use clap::Args;
use comfy_table::{Table, presets};

use super::super::terminal::{SUCCESS, print};
use super::{Remote, encoded, print_json, state_of};
use crate::api::JobList;
use crate::words::cut;

#[derive(Debug, Args)]
pub struct List {
    /// Only jobs in one of these states, such as queued,running
    #[arg(long)]
    state: Option<String>,
    /// Only jobs whose name contains this text
    #[arg(long)]
    name: Option<String>,
    /// Only jobs with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Order: -created (newest first), created or name
    #[arg(long)]
    sort: Option<String>,
    /// Number of jobs at most
    #[arg(long, default_value_t = 20)]
    limit: u32,
    #[command(flatten)]
    remote: Remote,
}

impl List {
    pub fn run(self) -> anyhow::Result<u8> {
        let mut path = format!("/v1/jobs?limit={}", self.limit);
        for (name, value) in
            [("state", &self.state), ("name", &self.name), ("tag", &self.tag), ("sort", &self.sort)]
        {
            if let Some(value) = value {
                let _ = write!(path, "&{name}={}", encoded(value));
            }
        }
        let list: JobList = self.remote.client()?.get(&path)?;
        if self.remote.json {
            print_json(&list)?;
            return Ok(SUCCESS);
        }
        let mut table = Table::new();
        table.load_preset(presets::NOTHING);
        table.set_header(["job", "state", "trials", "created", "name"]);
        for job in &list.items {
            let trials = job.trials;
            let done = trials.total - trials.queued - trials.running;
            let created = job.created_at.get(..16).unwrap_or(&job.created_at).replace('T', " ");
            let name = cut(&job.name, 40);
            table.add_row([
                job.id.to_string(),
                state_of(job),
                format!("{done}/{}", trials.total),
                created,
                name,
            ]);
        }
        print(format!("{table}\n").as_bytes())?;
        if list.next_cursor.is_some() {
            eprintln!("bitgauge: there are more; --limit shows more of them");
        }
        Ok(SUCCESS)
    }
}
