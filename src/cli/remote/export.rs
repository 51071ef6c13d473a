//! `bitgauge export`: a table or figure of a job, as a file.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::super::terminal::SUCCESS;
use super::OneJob;
use crate::client::ClientError;
use crate::drawing::Picture;
use crate::evaluation::tables::JobTable;
use crate::export::Format;

#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    one: OneJob,
    /// What to export, as the last part of its path: results.csv, trials.ndjson, figure.svg, report.html
    what: String,
    /// File to write; standard output by default
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What there is to export, as far as this version knows.
fn choices() -> String {
    let tables: Vec<&str> = JobTable::ALL.iter().map(|table| table.name()).collect();
    let formats: Vec<&str> = Format::ALL.iter().map(|format| format.suffix()).collect();
    let pictures: Vec<&str> = Picture::ALL.iter().map(|picture| picture.suffix()).collect();
    format!(
        "\n  of a job there are the tables {}, each as .{}; figure.{}; report.html",
        tables.join(", "),
        formats.join(", ."),
        pictures.join(", figure.")
    )
}

impl Export {
    pub fn run(self) -> anyhow::Result<u8> {
        let (client, path) = self.one.find()?;
        let what = &self.what;
        anyhow::ensure!(
            !what.is_empty() && !what.contains('/') && what.is_ascii() && !what.contains(char::is_whitespace),
            "{what:?} is no part of a path"
        );
        let mut bytes = client.bytes(&format!("{path}/{what}")).map_err(|error| match &error {
            ClientError::Refused(problem) if problem.status == 404 => anyhow::anyhow!("{error}{}", choices()),
            _ => error.into(),
        })?;
        let Some(output) = &self.output else {
            let mut standard = std::io::stdout().lock();
            return match std::io::copy(&mut bytes, &mut standard).and_then(|_| standard.flush()) {
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
                _ => Ok(SUCCESS),
            };
        };
        // whole or not at all
        let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(std::path::Path::new("."));
        let name = || output.display().to_string();
        let mut file = tempfile::NamedTempFile::new_in(folder).with_context(name)?;
        std::io::copy(&mut bytes, &mut file).with_context(name)?;
        file.persist(output).with_context(name)?;
        Ok(SUCCESS)
    }
}
