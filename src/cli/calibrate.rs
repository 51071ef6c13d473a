//! `bitgauge calibrate`: the suite of known answers, as a certificate.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use comfy_table::{Table, presets};

use super::bytes;
use super::terminal::{FAILURE, SUCCESS, print};
use crate::app::{App, Options, memory};
use crate::calibration::{CalibrationRow, Certificate};
use crate::spec::claim::Relation;

#[derive(Debug, Args)]
pub struct Calibrate {
    /// Run only the cases that take seconds
    #[arg(long)]
    quick: bool,
    /// Print the certificate as JSON
    #[arg(long)]
    json: bool,
    /// Keep the certificate in this data directory, for `serve` to show; not kept by default
    #[arg(long, env = "BITGAUGE_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Number of trials that run in parallel; the number of cores by default
    #[arg(long, env = "BITGAUGE_WORKERS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,
    /// Memory that all running trials may hold together, such as 8GiB; 0.6 of the control group's limit or of the machine's memory by default
    #[arg(long, env = "BITGAUGE_MEMORY", value_name = "BYTES", value_parser = bytes::parse)]
    memory: Option<u64>,
}

impl Calibrate {
    pub async fn run(self) -> anyhow::Result<u8> {
        let nowhere = tempfile::tempdir().context("cannot create a temporary directory")?;
        let directory = self.data_dir.as_deref().unwrap_or(nowhere.path());
        let defaults = Options::default();
        let workers = self.workers.map_or(defaults.workers, usize::from);
        let app = App::start(directory, Options { workers, memory: memory::budget(self.memory), ..defaults })
            .await?;
        let certificate = app.calibrate(self.quick, |case| eprintln!("done: {case}")).await?;
        app.stop().await?;
        if self.json {
            let mut text = serde_json::to_string_pretty(&certificate)?;
            text.push('\n');
            print(text.as_bytes())?;
        } else {
            print(text(&certificate).as_bytes())?;
        }
        Ok(if certificate.met { SUCCESS } else { FAILURE })
    }
}

fn text(certificate: &Certificate) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header([
        "case",
        "quantity",
        "expected",
        "measured",
        "standard error",
        "tolerance",
        "unit",
        "verdict",
        "source",
    ]);
    for row in &certificate.rows {
        table.add_row(line(row));
    }
    let met = certificate.rows.iter().filter(|row| row.met).count();
    format!(
        "{table}\n\n{met} of {} met in {:.0} s; bitgauge {}, {}{}\n",
        certificate.rows.len(),
        certificate.seconds,
        certificate.version,
        certificate.numeric_profile,
        if certificate.quick { ", the quick suite" } else { "" }
    )
}

fn line(row: &CalibrationRow) -> [String; 9] {
    let relation = match row.relation {
        Relation::Equal => "",
        Relation::AtMost => "at most ",
        Relation::AtLeast => "at least ",
    };
    [
        row.case.clone(),
        row.quantity.clone(),
        format!("{relation}{:.4}", row.expected),
        row.measured.map_or_else(|| "no value".to_owned(), |measured| format!("{measured:.4}")),
        row.standard_error.map_or_else(String::new, |error| format!("{error:.4}")),
        format!("{:.4}", row.tolerance),
        row.unit.clone(),
        if row.met { "met" } else { "NOT MET" }.to_owned(),
        row.source.clone(),
    ]
}
