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
/// Told to end.
pub(super) const TERMINATED: u8 = 143;

/// Writes to standard output; a reader that closed it early is no error.
pub(super) fn print(bytes: &[u8]) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    match output.write_all(bytes).and_then(|()| output.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Writes to standard error; where nobody reads it, nothing is to be done.
pub(super) fn complain(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Ends when the process is told to stop: SIGTERM, or SIGINT (Ctrl-C). Told once more, the process
/// ends at once: what is stored is whole at every moment.
pub(super) async fn told_to_stop() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut told = async move || {
        tokio::select! {
            _ = terminate.recv() => TERMINATED,
            _ = interrupt.recv() => INTERRUPTED,
        }
    };
    told().await;
    tokio::spawn(async move { std::process::exit(told().await.into()) });
    Ok(())
}

/// Seconds as people read them.
pub(super) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 60.0 => format!("{s:.0} s"),
        s if s < 3600.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        assert_eq!([3.2, 120.0, 7200.0, 400_000.0].map(duration), ["3 s", "2 min", "2.0 h", "4.6 days"]);
    }
}
