//! What all commands share: exit codes, standard output and signals.

use std::io::Write;

/// Success.
pub(super) const SUCCESS: u8 = 0;
/// A job or a command failed.
pub(super) const FAILURE: u8 = 1;
/// The arguments or the job spec are not valid.
pub(super) const INVALID: u8 = 2;
/// Stopped by the user: 128 and the number of the signal, as shells have it.
pub(super) const INTERRUPTED: u8 = 130;

/// Writes to standard output; a reader that closed it early is no error.
pub(super) fn print(bytes: &[u8]) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    match output.write_all(bytes).and_then(|()| output.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Ends when the process is told to stop: SIGTERM, or SIGINT (Ctrl-C).
pub(super) async fn told_to_stop() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
