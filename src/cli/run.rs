//! `bitgauge run SPEC`: one job in this process, on the same store, engine and
//! analyses as the service.

mod bar;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::bytes;
use super::job::JobArguments;
use super::terminal::{FAILURE, INTERRUPTED, INVALID, SUCCESS, print, told_to_stop};
use crate::app::{App, Options, memory};
use crate::drawing::{Look, Picture};
use crate::evaluation::{Analysis, CellResult, Evaluation, tables};
use crate::evaluator::Evaluated;
use crate::export::{Format, report};
use crate::figure;
use crate::job::{JobId, JobState};
use crate::presets;
use crate::spec::{Fault, ValidJobSpec};
use crate::store::JobRow;

#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    job: JobArguments,
    /// Print job, results, analysis and timing as JSON
    #[arg(long, env = "BITGAUGE_JSON", conflicts_with = "csv")]
    json: bool,
    /// Print the results of each cell as CSV
    #[arg(long, env = "BITGAUGE_CSV")]
    csv: bool,
    /// Keep job and results in this data directory; not kept by default
    #[arg(long, env = "BITGAUGE_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Number of trials that run in parallel; the number of cores by default
    #[arg(long, env = "BITGAUGE_WORKERS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,
    /// Memory that all running trials may hold together, such as 8GiB; 0.6 of the control group's limit or of the machine's memory by default
    #[arg(long, env = "BITGAUGE_MEMORY", value_name = "BYTES", value_parser = bytes::parse)]
    memory: Option<u64>,
    /// Write a figure of the results to this file, whose name ends in .svg, .png or .pdf
    #[arg(long, env = "BITGAUGE_FIGURE", value_name = "FILE")]
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
    /// Axis of the sweep that becomes the figure's x axis, such as /dataset/samples
    #[arg(long, env = "BITGAUGE_FIGURE_X", requires = "figure")]
    figure_x: Option<String>,
    /// Quantity on the figure's y axis, such as `memorized_bits`
    #[arg(long, env = "BITGAUGE_FIGURE_Y", requires = "figure")]
    figure_y: Option<String>,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report<'a> {
    job: JobReport<'a>,
    results: &'a [CellResult],
    analysis: Analysis<'a>,
    timing: &'a Timing,
}

#[derive(Debug, Serialize)]
struct JobReport<'a> {
    id: JobId,
    name: &'a str,
    state: JobState,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
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
        let (from, text) = self.job.text()?;
        let memory = memory::budget(self.memory);
        let spec = match presets::parse(&text, &memory::limits(memory)) {
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
        let picture = match self.figure.as_deref().map(Picture::of_file).transpose() {
            Ok(picture) => picture.unwrap_or(Picture::Svg),
            Err(why) => {
                eprintln!("bitgauge: --figure: the name of the file {why}");
                return Ok(INVALID);
            }
        };
        if let Some(path) = &self.figure {
            check_writable(path)?;
        }
        let nowhere = tempfile::tempdir().context("cannot create a temporary directory")?;
        let directory = self.data_dir.as_deref().unwrap_or(nowhere.path());
        let defaults = Options::default();
        let workers = self.workers.map_or(defaults.workers, usize::from);
        let options = Options { workers, memory, isolate: true, ..defaults };
        let (id, ended) = to_the_end(&spec, directory, options).await?;
        let Some(ended) = ended else {
            match &self.data_dir {
                Some(kept) => eprintln!(
                    "bitgauge: stopped; `bitgauge serve --data-dir {}` resumes job {id}",
                    kept.display()
                ),
                None => eprintln!("bitgauge: stopped"),
            }
            return Ok(INTERRUPTED);
        };
        self.report(&ended)?;
        if let Some(kept) = &self.data_dir {
            eprintln!("bitgauge: job {id} is kept in {}", kept.display());
        }
        if let Some(note) = ended.row.state.note() {
            eprintln!("bitgauge: {note}");
        }
        if !self.draw(&ended.evaluated, picture)? {
            return Ok(INVALID);
        }
        Ok(if ended.row.state == JobState::Succeeded { SUCCESS } else { FAILURE })
    }

    fn report(&self, ended: &Ended) -> anyhow::Result<()> {
        let Ended { row, evaluated, failures, timing } = ended;
        for failure in failures {
            eprintln!("{failure}");
        }
        if self.csv {
            return print(&Format::Csv.bytes(tables::results(evaluated, |_| true)));
        }
        if self.json {
            let job = JobReport {
                id: row.id,
                name: &row.name,
                state: row.state,
                note: row.state.note(),
                trials: row.counts.trials,
            };
            let results = &evaluated.results;
            let report = Report { job, results, analysis: Analysis::from(&***evaluated), timing };
            let mut text = serde_json::to_string_pretty(&report)?;
            text.push('\n');
            return print(text.as_bytes());
        }
        print(report::text(evaluated, Some(timing.training_seconds)).as_bytes())
    }

    /// Whether the figure, if one is wanted, could be drawn.
    fn draw(&self, evaluation: &Evaluation, picture: Picture) -> anyhow::Result<bool> {
        let Some(path) = &self.figure else { return Ok(true) };
        let look = Look { theme: self.shown.figure_theme.clone(), ..Look::default() };
        match picture.draw(evaluation, &self.shown.request(), &look) {
            Ok(bytes) => std::fs::write(path, bytes).with_context(|| path.display().to_string())?,
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
            Some(_) => {
                let nothing = Evaluation::of(Arc::new(spec.clone()), Vec::new());
                figure::describe(&nothing, &self.shown.request()).err().unwrap_or_default()
            }
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
            x: self.figure_x.clone(),
            y: self.figure_y.clone(),
            ..figure::Request::default()
        }
    }
}

/// Whether a file can be written there, before hours are spent on what it should show.
fn check_writable(path: &Path) -> anyhow::Result<()> {
    let is_new = !path.exists();
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .with_context(|| format!("--figure {}", path.display()))?;
    if is_new {
        std::fs::remove_file(path).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

fn say_why(faults: &[Fault]) {
    eprintln!("bitgauge: the figure cannot be drawn");
    for fault in faults {
        eprintln!("  --figure-{}: {}", fault.pointer.trim_start_matches('/'), fault.detail);
    }
}

/// A job that ended.
pub(super) struct Ended {
    /// How it ended.
    pub(super) row: JobRow,
    /// What follows from its trials.
    pub(super) evaluated: Arc<Evaluated>,
    /// Why its first failures failed.
    failures: Vec<String>,
    timing: Timing,
}

/// Failures that are told.
const MOST_FAILURES: usize = 5;

/// Runs a job on a store in this directory until it ends or somebody stops it.
pub(super) async fn to_the_end(
    spec: &ValidJobSpec,
    directory: &Path,
    options: Options,
) -> anyhow::Result<(JobId, Option<Ended>)> {
    let app = App::start(directory, options).await?;
    let start = Instant::now();
    let id = app.submit(spec).await?;
    let row = tokio::select! {
        ended = bar::until_the_end(&app, id) => Some(ended?),
        told = told_to_stop() => { told?; None }
    };
    let timing = Timing {
        training_seconds: app.engine.live().training_time().as_secs_f64(),
        job_seconds: start.elapsed().as_secs_f64(),
    };
    let ended = match row {
        Some(row) => {
            let failed = app.store.trials(id).await?.into_iter();
            let failed =
                failed.filter_map(|trial| Some(format!("trial {}: {}", trial.number, trial.detail?)));
            let failures = failed.take(MOST_FAILURES).collect();
            Some(Ended { row, evaluated: app.evaluator.of(id).await?, failures, timing })
        }
        None => None,
    };
    app.stop().await?;
    Ok((id, ended))
}
