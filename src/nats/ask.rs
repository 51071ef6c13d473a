//! What workers and the gateway say to each other, as JSON.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::work::{CheckpointReference, Completion, Lease};

/// The language of these messages. A worker that speaks another is refused.
pub const LANGUAGE: u32 = 1;

/// The header that tells where the answer to a result is awaited.
pub(super) const ANSWER: &str = "Bitgauge-Answer";
/// The header that says which part of what a payload is.
pub(super) const PART: &str = "Bitgauge-Part";
/// The header with the length of the whole of which a payload is a part.
pub(super) const LENGTH: &str = "Bitgauge-Length";
/// The header that names the lease of a trial, also for those who cannot read the rest.
pub(super) const LEASE: &str = "Bitgauge-Lease";

/// A worker looks for a trial and found none: whoever has one may publish it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Wish {
    pub(super) worker: String,
    pub(super) lease: Duration,
    pub(super) room: u64,
}

/// What became of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Granted {
    /// A trial was published.
    Published,
    /// None waits.
    Nothing,
}

/// A worker took a trial from the stream.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Taken {
    pub(super) worker: String,
    pub(super) lease: Lease,
}

/// A trial goes on; its lease is to hold for so long again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Renew {
    pub(super) worker: String,
    pub(super) lease: Lease,
    pub(super) by: Duration,
}

/// A trial goes back unfinished.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Release {
    pub(super) lease: Lease,
}

/// How a trial ended, and who ran it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Ended {
    pub(super) worker: String,
    pub(super) lease: Lease,
    pub(super) completion: Completion,
}

/// Where a trial stood by some step: one part of it follows the message, or is asked for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) lease: Lease,
    pub(super) step: u64,
    pub(super) from: usize,
    pub(super) length: usize,
}

/// One part of a checkpoint is asked for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Fetch {
    pub(super) checkpoint: CheckpointReference,
    pub(super) from: usize,
}

/// A worker is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sign {
    /// Name of the worker, unique among all.
    pub worker: String,
    /// The machine.
    pub host: String,
    /// Version of the program.
    pub version: String,
    /// The language that it speaks.
    pub language: u32,
    /// Arithmetic that it computes with.
    pub numeric_profile: String,
    /// Instruction set that it uses.
    pub instruction_set: String,
    /// Trials that it runs at the same time.
    pub slots: u32,
    /// Bytes that its trials may hold together.
    pub memory: u64,
    /// What it runs.
    pub running: Vec<Task>,
    /// Trials that it ended within the last hour.
    pub ended_last_hour: u64,
    /// Over how many seconds of that hour it was there.
    pub observed_seconds: f64,
    /// The last message that it could not read, and why.
    pub fault: Option<String>,
    /// It stops, and this is its last sign.
    pub leaves: bool,
}

/// A trial that a worker runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The right to run it.
    pub lease: Lease,
    /// Steps done.
    pub step: u64,
    /// Steps in all; 0 before the first.
    pub steps: u64,
}

/// What a worker is told when it gives a sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Welcome {
    /// It may take trials.
    Accepted,
    /// It may not, and why.
    Refused(String),
}

/// An answer, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer<T> {
    Yes(T),
    No(String),
}

/// The bytes of a message.
pub(super) fn bytes<T: Serialize>(message: &T) -> Vec<u8> {
    serde_json::to_vec(message).expect("messages are plain data with texts as keys")
}

/// The message that these bytes are.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}
