//! `bitgauge backup`, `restore` and `scrub`: a data directory as a whole.

use std::path::PathBuf;

use clap::Args;

use super::terminal::{FAILURE, SUCCESS, print};
use crate::store;

/// The data directory that a command is about.
#[derive(Debug, Args)]
struct DataDirectory {
    /// Directory of the database
    #[arg(long, env = "BITGAUGE_DATA_DIR", default_value = "data")]
    data_dir: PathBuf,
}

#[derive(Debug, Args)]
pub struct Backup {
    /// The file to write; it must not exist
    file: PathBuf,
    #[command(flatten)]
    data: DataDirectory,
}

impl Backup {
    pub async fn run(self) -> anyhow::Result<u8> {
        let made = store::backup(&self.data.data_dir, &self.file).await?;
        print(format!("{}: {} bytes, checked\n", made.file.display(), made.bytes).as_bytes())?;
        Ok(SUCCESS)
    }
}

#[derive(Debug, Args)]
pub struct Restore {
    /// A file that `bitgauge backup` wrote
    file: PathBuf,
    #[command(flatten)]
    data: DataDirectory,
    /// Put it in the place of the database that is there, which is kept beside
    #[arg(long)]
    replace: bool,
}

impl Restore {
    pub async fn run(self) -> anyhow::Result<u8> {
        let kept = store::restore(&self.file, &self.data.data_dir, self.replace).await?;
        let kept = kept.map_or_else(String::new, |kept| format!("; what was there is {}", kept.display()));
        print(format!("{} is restored{kept}\n", self.data.data_dir.display()).as_bytes())?;
        Ok(SUCCESS)
    }
}

#[derive(Debug, Args)]
pub struct Scrub {
    #[command(flatten)]
    data: DataDirectory,
}

impl Scrub {
    pub async fn run(self) -> anyhow::Result<u8> {
        let found = store::scrub(&self.data.data_dir).await?;
        for fault in &found.faults {
            print(format!("{fault}\n").as_bytes())?;
        }
        let summary = format!(
            "{} jobs ({} held against their seals), {} trials, {} faults\n",
            found.jobs,
            found.sealed,
            found.trials,
            found.faults.len()
        );
        print(summary.as_bytes())?;
        if found.faults.is_empty() {
            return Ok(SUCCESS);
        }
        print(b"stop the server and put a backup in its place: bitgauge restore FILE --replace\n")?;
        Ok(FAILURE)
    }
}
