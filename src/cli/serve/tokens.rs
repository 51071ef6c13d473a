//! The tokens of a server: flags, and a file that may change while the server runs.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};
use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::http::{Access, TOKEN_FAILURES, Tokens};

/// The file is looked at this often.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// Bytes of a file of tokens, at most.
const LARGEST: u64 = 1 << 20;
/// Bits of a file's mode that let others than its owner and its group read or change it, or its group
/// change it.
const TOO_OPEN: u32 = 0o027;

/// Who may ask.
#[derive(Debug, Args)]
pub(super) struct TokenFlags {
    /// Token of at least 20 characters that every request must carry (Authorization: Bearer TOKEN)
    #[arg(long, env = "BITGAUGE_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// File with a token in each line: NAME full|read TOKEN; read again when it changes, and on SIGHUP
    #[arg(long, env = "BITGAUGE_TOKEN_FILE", value_name = "FILE", conflicts_with = "token")]
    token_file: Option<PathBuf>,
    /// Wrong tokens a minute from one address; more are answered with 429
    #[arg(long, env = "BITGAUGE_MAX_TOKEN_FAILURES", default_value_t = TOKEN_FAILURES, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    max_token_failures: u32,
}

impl TokenFlags {
    /// Whether a token is asked for.
    pub(super) fn are_given(&self) -> bool {
        self.token.is_some() || self.token_file.is_some()
    }

    /// Access with these tokens; those of a file are exchanged when it changes.
    pub(super) fn access(&self, hosts: &[String]) -> anyhow::Result<Access> {
        let allowed = self.max_token_failures;
        let access = |tokens| Access::new(tokens, hosts).with_failures(allowed);
        let Some(file) = &self.token_file else {
            let single = self.token.as_deref().map(|token| Tokens::single(token.trim()).context("--token"));
            return Ok(access(single.transpose()?.unwrap_or_default()));
        };
        // before it is read: a change in between is seen
        let seen = Seen::of(file);
        let access = access(read(file)?);
        let hang_up = signal(SignalKind::hangup()).context("cannot receive SIGHUP")?;
        tokio::spawn(follow(file.clone(), seen, hang_up, access.clone()));
        Ok(access)
    }
}

/// What tells one state of a file from another.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    modified: SystemTime,
    bytes: u64,
    node: u64,
}

impl Seen {
    fn of(file: &Path) -> Option<Self> {
        let found = fs::metadata(file).ok()?;
        Some(Self { modified: found.modified().ok()?, bytes: found.len(), node: found.ino() })
    }
}

/// Reads the file again whenever it has changed, or a signal says so. A file that is not valid changes
/// nothing, and is told once.
async fn follow(file: PathBuf, mut seen: Option<Seen>, mut hang_up: Signal, access: Access) {
    loop {
        let is_told = tokio::select! {
            _ = hang_up.recv() => true,
            () = tokio::time::sleep(LOOK_AGAIN) => false,
        };
        let now = Seen::of(&file);
        if !is_told && now == seen {
            continue;
        }
        seen = now;
        match read(&file) {
            Ok(tokens) => {
                tracing::info!(tokens = tokens.len(), "the tokens were read again");
                access.replace(tokens);
            }
            Err(error) => {
                let error = format!("{error:#}");
                tracing::warn!(error, "the tokens could not be read again; those from before stay valid");
            }
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Tokens> {
    let failed = || format!("file of tokens {}", path.display());
    let file = File::open(path).with_context(failed)?;
    let mode = file.metadata().with_context(failed)?.mode();
    if mode & TOO_OPEN != 0 {
        bail!(
            "{}: others than its owner may read or change it (mode {:03o}); chmod 600 keeps it to the owner",
            failed(),
            mode & 0o777
        );
    }
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).with_context(failed)?;
    Tokens::parse(&text).with_context(failed)
}
