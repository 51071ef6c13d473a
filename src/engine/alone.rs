//! One trial alone in a process, told what to do by the process that started it (`run-alone`).
//!
//! Each message is a line of JSON; the bytes of a checkpoint follow the line that announces them.

use std::io::{self, BufRead, Write};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::science::invariant::Violation;
use crate::science::training::{Control, Unusable};
use crate::science::trial::{self, TrialSpec, Unfinished};
use crate::work::Completion;

/// Steps are told this often.
const TELL: Duration = Duration::from_millis(50);

/// What the process is told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    /// Run this trial; so many bytes of a checkpoint follow.
    Run { trial: Box<TrialSpec>, checkpoint: Option<usize> },
    /// Say where the training stands.
    Save,
}

/// What the process says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Said {
    /// The training goes on after so many steps of its checkpoint.
    Resumed(u64),
    /// The checkpoint is of no use, and why.
    Anew(String),
    /// Training began.
    Began,
    /// So many steps are done.
    Step { done: u64, of: u64 },
    /// Where the training stands: so many bytes follow.
    Saved(Option<usize>),
    /// Training ended; what follows is measuring.
    Ended,
    /// The trial ended.
    Completed(Completion),
}

/// Writes a message and the bytes that follow it.
pub(super) fn write<T: Serialize>(to: &mut impl Write, message: &T, bytes: Option<&[u8]>) -> io::Result<()> {
    serde_json::to_writer(&mut *to, message)?;
    to.write_all(b"\n")?;
    to.write_all(bytes.unwrap_or_default())?;
    to.flush()
}

/// The next message; `None` when nothing follows.
pub(super) fn read<T: for<'de> Deserialize<'de>>(from: &mut impl BufRead) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    if from.read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&line)?))
}

/// So many bytes, as announced.
pub(super) fn bytes(from: &mut impl BufRead, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// What a trial that cannot be measured ends with: the fault is ours.
pub(super) fn impossible(violation: &Violation) -> Completion {
    tracing::error!("{violation}");
    Completion::Failed { detail: violation.to_string() }
}

/// Runs the trial that standard input tells and says on standard output how it goes, until the trial or
/// the input ends.
///
/// # Errors
/// When the other process says nothing that can be understood, or does not listen.
pub fn run() -> io::Result<()> {
    let mut input = io::stdin().lock();
    let Some(Told::Run { trial, checkpoint }) = read(&mut input)? else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "no trial to run"));
    };
    let checkpoint = checkpoint.map(|count| bytes(&mut input, count)).transpose()?;
    let wants_save = Arc::new(AtomicBool::new(false));
    let teller = Teller {
        output: Mutex::new(io::stdout()),
        wants_save: Arc::clone(&wants_save),
        checkpoint,
        told: Instant::now(),
    };
    // on a thread like those of the engine, whose stack is as large
    std::thread::Builder::new().spawn(move || compute(&trial, teller))?;
    while let Some(message) = read(&mut input)? {
        match message {
            Told::Save => wants_save.store(true, Ordering::Relaxed),
            Told::Run { .. } => return Err(io::Error::new(io::ErrorKind::InvalidData, "a second trial")),
        }
    }
    // nobody waits for the result any more
    Ok(())
}

/// Runs the trial and ends the process.
fn compute(trial: &TrialSpec, mut teller: Teller) {
    let start = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| trial::run(trial, &mut teller)));
    let completion = match outcome {
        Ok(Ok(report)) => Completion::of(&report, start.elapsed().as_secs_f64()),
        Ok(Err(Unfinished::Impossible(violation))) => impossible(&violation),
        Ok(Err(Unfinished::Interrupted(_))) => std::process::exit(1),
        Err(_) => Completion::Failed { detail: "panicked; the server's log says where".into() },
    };
    let is_told = teller.say(&Said::Completed(completion), None);
    std::process::exit(i32::from(!is_told));
}

/// Tells the other process how the training goes.
struct Teller {
    output: Mutex<io::Stdout>,
    wants_save: Arc<AtomicBool>,
    checkpoint: Option<Vec<u8>>,
    told: Instant,
}

impl Teller {
    /// Whether anybody listens.
    fn say(&self, message: &Said, bytes: Option<&[u8]>) -> bool {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        write(&mut *output, message, bytes).is_ok()
    }
}

impl Control for Teller {
    fn step(&mut self, done: u64, of: u64, save: &dyn Fn() -> Option<Vec<u8>>) -> ControlFlow<()> {
        let mut is_heard = true;
        if self.wants_save.swap(false, Ordering::Relaxed) {
            let state = save();
            is_heard = self.say(&Said::Saved(state.as_ref().map(Vec::len)), state.as_deref());
        }
        if self.told.elapsed() > TELL {
            self.told = Instant::now();
            is_heard &= self.say(&Said::Step { done, of }, None);
        }
        if is_heard { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn resume(&mut self) -> Option<Vec<u8>> {
        self.checkpoint.take()
    }

    fn began(&mut self) {
        self.say(&Said::Began, None);
    }

    fn ended(&mut self) {
        self.say(&Said::Ended, None);
    }

    fn resumed(&mut self, outcome: Result<u64, Unusable>) {
        self.say(&outcome.map_or_else(|error| Said::Anew(error.to_string()), Said::Resumed), None);
    }
}
