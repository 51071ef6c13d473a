//! Bodies that are written on a thread that may compute and flow to the client as they come: a bounded
//! channel between both, so that memory does not grow with the answer.

use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::{StreamExt, stream};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Problem, Service};
use crate::store::StoreError;

/// Bytes of a piece.
const PIECE: usize = 64 * 1024;
/// Pieces that wait for the client.
const WAITING: usize = 4;
/// How long a client may take none of them before it is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// The body that `write` writes. A fault before the first piece is a problem; one after it ends the
/// connection, so that no client takes a part for the whole.
///
/// # Errors
/// When nothing could be written, or too many bodies are written now.
pub async fn written(
    service: &Service,
    write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()> + Send + 'static,
) -> Result<Body, Problem> {
    let permit = Arc::clone(&service.exports)
        .try_acquire_owned()
        .map_err(|_| Problem::overloaded("too many exports at the same time; try again"))?;
    let (sender, mut pieces) = mpsc::channel(WAITING);
    let pipe = Pipe { handle: Handle::current(), sender };
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let failed = pipe.sender.clone();
        let mut output = BufWriter::with_capacity(PIECE, pipe);
        if let Err(error) = write(&mut output).and_then(|()| output.flush()) {
            let (pipe, _unwritten) = output.into_parts();
            let _ = pipe.handle.block_on(timeout(PATIENCE, failed.send(Err(error)))); // the client may have left
        }
    });
    let first = match pieces.recv().await {
        None => return Ok(Body::empty()),
        Some(Err(error)) => return Err(problem(error)),
        Some(Ok(first)) => first,
    };
    // what fits into one piece has a length
    let Some(second) = pieces.recv().await else { return Ok(Body::from(first)) };
    let rest = stream::unfold(pieces, |mut pieces| async { Some((pieces.recv().await?, pieces)) });
    Ok(Body::from_stream(stream::iter([Ok(first), second]).chain(rest).fuse()))
}

fn problem(error: io::Error) -> Problem {
    match error.downcast::<StoreError>() {
        Ok(error) => error.into(),
        Err(error) => {
            tracing::error!(%error, "an export could not be written");
            Problem::internal()
        }
    }
}

/// The end of the channel that is written to.
struct Pipe {
    handle: Handle,
    sender: mpsc::Sender<io::Result<Bytes>>,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = &bytes[..bytes.len().min(PIECE)];
        let sent =
            self.handle.block_on(timeout(PATIENCE, self.sender.send(Ok(Bytes::copy_from_slice(piece)))));
        match sent {
            Ok(Ok(())) => Ok(piece.len()),
            Ok(Err(_)) => Err(io::Error::new(io::ErrorKind::BrokenPipe, "the client left")),
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
