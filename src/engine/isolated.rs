//! A trial in a process of its own, so that what ends the process ends nothing else: for trials that
//! were running when a process ended, and again.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use super::alone::{Said, Told, bytes, read, write};
use crate::science::interrupt;
use crate::science::training::{Control, Interrupted};
use crate::science::trial::{TrialSpec, Unfinished};
use crate::work::Completion;

/// Whether the trial was told to end is looked at this often while the process says nothing.
const LOOK: Duration = Duration::from_millis(100);

/// The command of this program that runs one trial alone.
const COMMAND: &str = "run-alone";

/// Runs a trial in a process of its own, telling `control` about its steps.
///
/// # Errors
/// [`Unfinished`] when `control` says stop.
pub(super) fn run(trial: &TrialSpec, control: &mut dyn Control) -> Result<Completion, Unfinished> {
    let mut alone = match Alone::start(trial, control.resume()) {
        Ok(alone) => alone,
        Err(error) => return Ok(Completion::Died { detail: format!("could not be started: {error}") }),
    };
    loop {
        match alone.next() {
            Ok((Said::Step { done, of }, _)) => {
                if control.step(done, of, &|| alone.save()).is_break() {
                    return Err(Unfinished::Interrupted(Interrupted));
                }
            }
            Ok((Said::Began, _)) => control.began(),
            Ok((Said::Ended, _)) => control.ended(),
            Ok((Said::Resumed(steps), _)) => control.resumed(Ok(steps)),
            Ok((Said::Anew(why), _)) => tracing::warn!(why, "a trial starts anew"),
            Ok((Said::Completed(completion), _)) => return Ok(completion),
            // an answer that nobody waits for
            Ok((Said::Saved(_), _)) => {}
            Err(Silent) => {
                return Ok(Completion::Died {
                    detail: alone.end().map_or_else(|error| error.to_string(), how),
                });
            }
        }
    }
}

/// How a process ended.
fn how(status: ExitStatus) -> String {
    match status.signal() {
        Some(9) => "by signal 9 (killed, as when memory runs out)".to_owned(),
        Some(6) => "by signal 6 (aborted itself, as when memory or stack runs out)".to_owned(),
        Some(signal) => format!("by signal {signal}"),
        None => format!("with code {}", status.code().unwrap_or_default()),
    }
}

/// The process; it ends with this at the latest.
struct Alone {
    child: Child,
    input: RefCell<ChildStdin>,
    said: Receiver<(Said, Vec<u8>)>,
    /// What was said while the answer to a question was waited for.
    before: RefCell<VecDeque<(Said, Vec<u8>)>>,
}

/// The process says nothing more.
struct Silent;

impl Alone {
    fn start(trial: &TrialSpec, checkpoint: Option<Vec<u8>>) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(COMMAND)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // a signal for the server is not one for it
            .process_group(0)
            .spawn()?;
        let missing = || io::Error::other("without standard input or output");
        let (mut input, output) =
            (child.stdin.take().ok_or_else(missing)?, child.stdout.take().ok_or_else(missing)?);
        let (say, said) = channel();
        std::thread::Builder::new().name("run-alone".to_owned()).spawn(move || {
            let mut output = BufReader::new(output);
            while let Ok(Some(message)) = read(&mut output) {
                let count = if let Said::Saved(Some(count)) = &message { *count } else { 0 };
                let Ok(bytes) = bytes(&mut output, count) else { return };
                if say.send((message, bytes)).is_err() {
                    return;
                }
            }
        })?;
        let told =
            Told::Run { trial: Box::new(trial.clone()), checkpoint: checkpoint.as_ref().map(Vec::len) };
        // one that has ended already is heard of when nothing is said
        let _ = write(&mut input, &told, checkpoint.as_deref());
        Ok(Self { child, input: RefCell::new(input), said, before: RefCell::default() })
    }

    /// Where the training stands.
    fn save(&self) -> Option<Vec<u8>> {
        write(&mut *self.input.borrow_mut(), &Told::Save, None).ok()?;
        loop {
            let (said, bytes) = self.hear().ok()?;
            if let Said::Saved(count) = said {
                return count.map(|_| bytes);
            }
            // after the last step there is nothing to save
            let is_over = matches!(said, Said::Completed(_));
            self.before.borrow_mut().push_back((said, bytes));
            if is_over {
                return None;
            }
        }
    }

    /// What is said next.
    fn next(&self) -> Result<(Said, Vec<u8>), Silent> {
        let before = self.before.borrow_mut().pop_front();
        before.map_or_else(|| self.hear(), Ok)
    }

    /// Waits for the next message, for as long as nobody ends the trial.
    fn hear(&self) -> Result<(Said, Vec<u8>), Silent> {
        loop {
            interrupt::check();
            match self.said.recv_timeout(LOOK) {
                Ok(message) => return Ok(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(Silent),
            }
        }
    }

    fn end(&mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended
        let _ = self.child.wait();
    }
}
