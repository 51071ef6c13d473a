//! `bitgauge run SPEC`: one job in this process, on the same store, engine and
//! analyses as the service.

mod bar;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::{FAILURE, INTERRUPTED, INVALID, SUCCESS, print, told_to_stop};
use crate::app::{App, Options};
use crate::figure;
use crate::job::admission::Limits;
use crate::job::analysis::{Analysis, analyze};
use crate::job::results::{CellResult, TrialOutcome, results};
use crate::job::table::csv;
use crate::job::{Fault, JobId, JobState, ValidJobSpec};
use crate::presets::{self, Form, PresetRequest};
use crate::store::{Created, JobRow, NewJob, StoreError, TrialRow};

#[derive(Debug, Args)]
pub struct Run {
    /// File with the job spec, or - for standard input
    #[arg(required_unless_present = "preset")]
    spec: Option<PathBuf>,
    /// A job that comes with the binary; `bitgauge presets` lists them
    #[arg(long, conflicts_with = "spec")]
    preset: Option<String>,
    /// The preset's full form, for intervals worth publishing
    #[arg(long, requires = "preset")]
    full: bool,
    /// Print job, results, analysis and timing as JSON
    #[arg(long, env = "BITGAUGE_JSON", conflicts_with = "csv")]
    json: bool,
    /// Print the results as CSV
    #[arg(long, env = "BITGAUGE_CSV")]
    csv: bool,
    /// Keep the results in this directory; nowhere unless stated
    #[arg(long, env = "BITGAUGE_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Trials at the same time; the machine's cores unless stated
    #[arg(long, env = "BITGAUGE_WORKERS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,
    /// Draw the results as SVG into this file
    #[arg(long, env = "BITGAUGE_FIGURE", value_name = "FILE.svg")]
    figure: Option<PathBuf>,
    #[command(flatten)]
    shown: Shown,
}

/// What the figure shows; chosen by the job unless stated.
#[derive(Debug, Args)]
struct Shown {
    /// Kind of the figure: capacity, regularization or measurement
    #[arg(long, env = "BITGAUGE_FIGURE_KIND", requires = "figure", value_parser = figure::kinds())]
    figure_kind: Option<String>,
    /// Colours of the figure
    #[arg(long, env = "BITGAUGE_FIGURE_THEME", requires = "figure", value_parser = ["light", "dark"])]
    figure_theme: Option<String>,
    /// Axis of the sweep to the right in the figure, such as /dataset/samples
    #[arg(long, env = "BITGAUGE_FIGURE_X", requires = "figure")]
    figure_x: Option<String>,
    /// Quantity upward in the figure, such as `memorized_bits`
    #[arg(long, env = "BITGAUGE_FIGURE_Y", requires = "figure")]
    figure_y: Option<String>,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report<'a> {
    job: JobReport<'a>,
    results: &'a [CellResult],
    analysis: &'a Analysis,
    timing: Timing,
}

#[derive(Debug, Serialize)]
struct JobReport<'a> {
    id: JobId,
    name: &'a str,
    state: JobState,
    trials: i64,
}

#[derive(Debug, Serialize)]
struct Timing {
    /// How long at least one trial was training.
    training_seconds: f64,
    /// From the job's start to its end: drawing the data and measuring are in it.
    job_seconds: f64,
}

impl Run {
    pub async fn run(self) -> anyhow::Result<u8> {
        let (from, text) = self.text()?;
        let spec = match presets::parse(&text, &Limits::default()) {
            Ok(spec) => spec,
            Err(rejection) => {
                eprintln!("bitgauge: {from}: {rejection}");
                for fault in rejection.faults() {
                    let place = if fault.pointer.is_empty() { "(document)" } else { &fault.pointer };
                    eprintln!("  {place}: {}", fault.detail);
                }
                return Ok(INVALID);
            }
        };
        // a search has axes of its own, which nobody knows before it ran
        if spec.search().is_none() && !self.can_be_drawn(&spec) {
            return Ok(INVALID);
        }
        let nowhere = tempfile::tempdir().context("no temporary directory")?;
        let directory = self.data_dir.as_deref().unwrap_or(nowhere.path());
        let defaults = Options::default();
        let workers = self.workers.map_or(defaults.workers, usize::from);
        let Ended { id, row, trials, timing } = to_the_end(&spec, directory, workers).await?;
        let Some(row) = row else {
            match &self.data_dir {
                Some(kept) => eprintln!(
                    "bitgauge: stopped; `bitgauge serve --data-dir {}` goes on with job {id}",
                    kept.display()
                ),
                None => eprintln!("bitgauge: stopped"),
            }
            return Ok(INTERRUPTED);
        };
        self.report(&spec, &row, &trials, timing)?;
        if !self.draw(&spec, &trials)? {
            return Ok(INVALID);
        }
        Ok(if row.state == JobState::Succeeded { SUCCESS } else { FAILURE })
    }

    /// Where the job comes from, and its document.
    fn text(&self) -> anyhow::Result<(String, Vec<u8>)> {
        if let Some(id) = &self.preset {
            let form = if self.full { Form::Full } else { Form::Quick };
            let request = PresetRequest { preset: id.clone(), form, overrides: serde_json::Map::new() };
            return Ok((format!("preset {id}"), serde_json::to_vec(&request)?));
        }
        let path = self.spec.as_deref().unwrap_or(Path::new("-"));
        Ok((path.display().to_string(), read(path)?))
    }

    fn report(
        &self,
        spec: &ValidJobSpec,
        row: &JobRow,
        trials: &[TrialRow],
        timing: Timing,
    ) -> anyhow::Result<()> {
        let outcomes = outcomes(trials)?;
        for trial in trials.iter().filter(|trial| trial.detail.is_some()).take(5) {
            eprintln!("trial {}: {}", trial.number, trial.detail.as_deref().unwrap_or_default());
        }
        if self.csv {
            return print(&csv(&results(spec, &outcomes)));
        }
        if self.json {
            let job = JobReport { id: row.id, name: &row.name, state: row.state, trials: row.counts.trials };
            let (results, analysis) = (results(spec, &outcomes), analyze(spec, &outcomes));
            let report = Report { job, results: &results, analysis: &analysis, timing };
            let mut text = serde_json::to_string_pretty(&report)?;
            text.push('\n');
            return print(text.as_bytes());
        }
        let text = figure::table::text(spec, &outcomes, Some(timing.training_seconds));
        print(text.as_bytes())
    }

    /// Whether the figure, if one is wanted, could be drawn.
    fn draw(&self, spec: &ValidJobSpec, trials: &[TrialRow]) -> anyhow::Result<bool> {
        let Some(path) = &self.figure else { return Ok(true) };
        match figure::svg(spec, &outcomes(trials)?, &self.shown.request()) {
            Ok(text) => std::fs::write(path, text).with_context(|| path.display().to_string())?,
            Err(faults) => {
                say_why(&faults);
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the job has what the figure is to show, as far as can be told before it runs:
    /// only results say whether there is a kind's analysis.
    fn can_be_drawn(&self, spec: &ValidJobSpec) -> bool {
        let mut faults = match &self.figure {
            Some(_) => figure::svg(spec, &[], &self.shown.request()).err().unwrap_or_default(),
            None => Vec::new(),
        };
        faults.retain(|fault| fault.pointer != "/kind");
        if !faults.is_empty() {
            say_why(&faults);
        }
        faults.is_empty()
    }
}

impl Shown {
    fn request(&self) -> figure::Request {
        figure::Request {
            kind: self.figure_kind.clone(),
            theme: self.figure_theme.clone(),
            x: self.figure_x.clone(),
            y: self.figure_y.clone(),
        }
    }
}

fn say_why(faults: &[Fault]) {
    eprintln!("bitgauge: the figure cannot be drawn");
    for fault in faults {
        eprintln!("  --figure-{}: {}", fault.pointer.trim_start_matches('/'), fault.detail);
    }
}

pub(super) fn outcomes(trials: &[TrialRow]) -> Result<Vec<TrialOutcome>, StoreError> {
    trials.iter().map(TrialRow::outcome).collect()
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_end(&mut text).context("standard input")?;
    } else {
        text = std::fs::read(path).with_context(|| path.display().to_string())?;
    }
    Ok(text)
}

async fn store_job(app: &App, spec: &ValidJobSpec) -> anyhow::Result<JobId> {
    let new = NewJob::of(spec, app.store.clock().now_ms(), None);
    match app.store.create_job(new).await? {
        Created::New(row) | Created::Replayed(row) => Ok(row.id),
    }
}

/// A job that ended or was stopped.
pub(super) struct Ended {
    /// Its name in the store.
    pub(super) id: JobId,
    /// How it ended, if it did.
    pub(super) row: Option<JobRow>,
    /// Its trials, if it ended.
    pub(super) trials: Vec<TrialRow>,
    timing: Timing,
}

/// Runs a job on a store in this directory until it ends or somebody stops it.
pub(super) async fn to_the_end(
    spec: &ValidJobSpec,
    directory: &Path,
    workers: usize,
) -> anyhow::Result<Ended> {
    let app = App::start(directory, Options { workers, ..Options::default() }).await?;
    let start = Instant::now();
    let id = store_job(&app, spec).await?;
    let row = tokio::select! {
        ended = bar::until_the_end(&app, id) => Some(ended?),
        told = told_to_stop() => { told?; None }
    };
    let trials = if row.is_some() { app.store.trials(id).await? } else { Vec::new() };
    let timing = Timing {
        training_seconds: app.runner.training_time().as_secs_f64(),
        job_seconds: start.elapsed().as_secs_f64(),
    };
    app.stop().await?;
    Ok(Ended { id, row, trials, timing })
}
