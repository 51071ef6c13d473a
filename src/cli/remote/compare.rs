//! `bitgauge compare`: how jobs differ, cell by cell.

use std::fmt::Write;

use clap::Args;
use comfy_table::{Table, presets};

use super::super::terminal::{SUCCESS, print};
use super::{Remote, encoded, path_of, print_json};
use crate::api::ComparisonPage;
use crate::client::ClientError;
use crate::words::{chance, number};

#[derive(Debug, Args)]
pub struct Compare {
    /// Ids of two to eight jobs, or latest; each is compared with the first
    #[arg(required = true, num_args = 2..)]
    jobs: Vec<String>,
    /// Quantities to compare, with commas between them; the headline ones by default
    #[arg(long)]
    quantity: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

impl Compare {
    pub fn run(self) -> anyhow::Result<u8> {
        let client = self.remote.client()?;
        let ids = self.jobs.iter().map(|job| Ok(path_of(&client, job)?.replace("/v1/jobs/", "")));
        let ids = ids.collect::<Result<Vec<_>, ClientError>>()?;
        let quantity =
            self.quantity.as_deref().map_or(String::new(), |q| format!("&quantity={}", encoded(q)));
        let path = format!("/v1/compare?jobs={}{quantity}", ids.join(","));
        let mut page: ComparisonPage = client.get(&path)?;
        while let Some(cursor) = page.next_cursor.take() {
            let next: ComparisonPage = client.get(&format!("{path}&cursor={}", encoded(&cursor)))?;
            page.comparison.items.extend(next.comparison.items);
            page.next_cursor = next.next_cursor;
        }
        if self.remote.json {
            print_json(&page)?;
            return Ok(SUCCESS);
        }
        print(text(&page).as_bytes())?;
        Ok(SUCCESS)
    }
}

fn text(page: &ComparisonPage) -> String {
    let comparison = &page.comparison;
    let mut text = String::new();
    for (i, job) in comparison.jobs.iter().enumerate() {
        let _ = writeln!(text, "job {job}{}", if i == 0 { ": the others are compared with it" } else { "" });
    }
    for setting in &comparison.settings {
        let values: Vec<String> = setting.values.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "{}: {}", setting.pointer, values.join(" against "));
    }
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    let means = if comparison.paired { "difference (paired)" } else { "difference" };
    table.set_header([
        "job",
        "cell",
        "quantity",
        "first",
        "other",
        means,
        "95 % interval (one by one)",
        "adjusted p",
    ]);
    for item in &comparison.items {
        let cell: Vec<String> = item.cell.0.iter().map(|(path, value)| format!("{path}={value}")).collect();
        let difference = &item.difference;
        let ends = difference.ci95_low.zip(difference.ci95_high);
        table.add_row([
            item.job.clone(),
            cell.join(" "),
            item.quantity.clone(),
            number(item.baseline_mean),
            number(item.mean),
            number(difference.difference),
            ends.map_or(String::new(), |(low, high)| format!("[{}, {}]", number(low), number(high))),
            item.p_holm.map_or(String::new(), chance),
        ]);
    }
    let _ = writeln!(text, "{table}");
    for missing in &comparison.unmatched {
        let _ = writeln!(text, "{}: {} cells without a counterpart", missing.job, missing.cells);
    }
    for note in &comparison.notes {
        let _ = writeln!(text, "note: {note}");
    }
    text
}
