//! `bitgauge findings`: runs presets and writes their pages, with figures and tables, and the
//! overview of all.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::run::to_the_end;
use super::terminal::{FAILURE, INTERRUPTED, SUCCESS, print};
use crate::app::{Options, memory};
use crate::findings::{FULL, Line, overview, page};
use crate::job::JobState;
use crate::presets::{Extent, PRESETS, Preset};

#[derive(Debug, Args)]
pub struct Findings {
    /// Presets to run; all by default
    #[arg(value_parser = preset)]
    presets: Vec<&'static Preset>,
    /// Directory of the pages; the interpretation of each is read from `notes/PRESET.md` in it
    #[arg(long, default_value = "docs/findings")]
    directory: PathBuf,
    /// Run the full forms: more replicates, narrower intervals; their pages lie in `full`, in that directory
    #[arg(long)]
    full: bool,
    /// List the pages that there are, with their verdicts, and run nothing
    #[arg(long, conflicts_with_all = ["presets", "full"])]
    list: bool,
    /// Number of trials that run in parallel; the number of cores by default
    #[arg(long, env = "BITGAUGE_WORKERS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,
}

fn preset(id: &str) -> Result<&'static Preset, String> {
    Preset::find(id).ok_or_else(|| "there is no such preset; `bitgauge presets` lists them".to_owned())
}

impl Findings {
    pub async fn run(self) -> anyhow::Result<u8> {
        if self.list {
            return self.list();
        }
        let form = if self.full { Extent::Full } else { Extent::Quick };
        let workers = self.workers.map_or(Options::default().workers, usize::from);
        let directory = if self.full { self.directory.join(FULL) } else { self.directory.clone() };
        let data = directory.join("data");
        std::fs::create_dir_all(&data).with_context(|| data.display().to_string())?;
        let chosen: Vec<&Preset> =
            if self.presets.is_empty() { PRESETS.iter().collect() } else { self.presets.clone() };
        for preset in chosen {
            let start = std::time::Instant::now();
            let notes = directory.join(format!("notes/{}.md", preset.id));
            let notes = if notes.exists() { read(&notes)? } else { String::new() };
            let job = preset.job(form);
            let nowhere = tempfile::tempdir().context("cannot create a temporary directory")?;
            let (_, ended) = to_the_end(
                &job,
                nowhere.path(),
                Options { workers, memory: memory::budget(None), ..Options::default() },
            )
            .await?;
            let Some(ended) = ended else { return Ok(INTERRUPTED) };
            if ended.row.state != JobState::Succeeded {
                eprintln!("bitgauge: {} ended as {}", preset.id, ended.row.state);
                return Ok(FAILURE);
            }
            let page = page(preset, form, &ended.evaluated, &notes);
            for (name, bytes) in &page.files {
                write(&data.join(name), bytes)?;
            }
            write(&data.join(format!("{}.json", preset.id)), &serde_json::to_vec(&page.line)?)?;
            write(&directory.join(format!("{}.md", preset.id)), page.text.as_bytes())?;
            let [yes, no, open] = page.line.verdicts;
            eprintln!(
                "{}: {yes} yes, {no} no, {open} open; {:.0} s",
                preset.id,
                start.elapsed().as_secs_f64()
            );
        }
        let lines = known(&self.directory)?;
        write(&self.directory.join("README.md"), overview(&lines).as_bytes())?;
        Ok(SUCCESS)
    }

    fn list(&self) -> anyhow::Result<u8> {
        for line in known(&self.directory)? {
            let [yes, no, open] = line.verdicts;
            let folder = if line.form == Extent::Full { FULL } else { "" };
            let page = self.directory.join(format!("{folder}{}.md", line.preset));
            print(format!("{:<62} {yes:>3} yes {no:>3} no {open:>3} open\n", page.display()).as_bytes())?;
        }
        Ok(SUCCESS)
    }
}

/// What is known of each page in a directory: of a preset first the quick form, then the full one.
fn known(directory: &Path) -> anyhow::Result<Vec<Line>> {
    let files =
        |preset: &Preset| ["", FULL].map(|form| directory.join(format!("{form}data/{}.json", preset.id)));
    let known = PRESETS.iter().flat_map(files).filter(|file| file.exists());
    known.map(|file| Ok(serde_json::from_str(&read(&file)?)?)).collect()
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, bytes).with_context(|| path.display().to_string())
}
