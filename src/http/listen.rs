//! The accept loop. It replaces axum's own, which sets no limit on slow headers
//! and idle connections.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::AbortHandle;
use tokio_io_timeout::TimeoutWriter;
use tower::ServiceExt;

use super::HttpLimits;
use super::caller::Caller;

/// Connections beyond the limit on which probes are answered and nothing else. One more closes the oldest of
/// them: a probe is answered as it comes, so the oldest is one that says nothing.
const SPARE: usize = 256;
/// From the first byte on a connection beyond the limit to the end of a request's head, at most.
const SPARE_HEADER_TIMEOUT: Duration = Duration::from_secs(2);
/// After an error of `accept` (no file descriptor left, say).
const PAUSE: Duration = Duration::from_millis(50);

/// What is served.
#[derive(Debug, Clone)]
pub struct Routers {
    /// Everything.
    pub whole: Router,
    /// Probes; a problem in the place of everything else.
    pub probes: Router,
}

/// Serves until `stopping` turns true, then takes no new connection and lets
/// requests under way end.
pub async fn serve(
    listener: TcpListener,
    routers: Routers,
    limits: HttpLimits,
    mut stopping: watch::Receiver<bool>,
) {
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut spare = Spare::default();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener) => accepted,
            _ = stopping.wait_for(|stop| *stop) => break,
        };
        let Some((stream, address)) = accepted else { continue };
        let place = Arc::clone(&places).try_acquire_owned().ok();
        let mut builder = http1::Builder::new();
        let builder = builder.timer(TokioTimer::new());
        let (router, builder) = if place.is_some() {
            (&routers.whole, builder.header_read_timeout(limits.header))
        } else {
            (
                &routers.probes,
                builder.header_read_timeout(limits.header.min(SPARE_HEADER_TIMEOUT)).keep_alive(false),
            )
        };
        let mut stream = TimeoutWriter::new(stream);
        stream.set_timeout(Some(limits.write_stall));
        let of_client = move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Caller::at(address.ip()));
            request
        };
        let service = TowerToHyperService::new(router.clone().map_request(of_client));
        let connection = connections.watch(builder.serve_connection(TokioIo::new(Box::pin(stream)), service));
        spare.serve(connection, place);
    }
    drop(listener);
    if tokio::time::timeout(limits.drain, connections.shutdown()).await.is_err() {
        tracing::warn!("requests under way were cut off");
    }
}

/// Connections beyond the limit, the oldest first.
#[derive(Default)]
struct Spare {
    open: VecDeque<AbortHandle>,
}

impl Spare {
    /// Serves one more connection; one without a place among the others is spare.
    fn serve(
        &mut self,
        connection: impl Future<Output = hyper::Result<()>> + Send + 'static,
        place: Option<OwnedSemaphorePermit>,
    ) {
        let is_spare = place.is_none();
        let serving = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
        if is_spare {
            self.open.retain(|connection| !connection.is_finished());
            if self.open.len() >= SPARE
                && let Some(oldest) = self.open.pop_front()
            {
                oldest.abort();
            }
            self.open.push_back(serving.abort_handle());
        }
    }
}

async fn accept(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    match listener.accept().await {
        Ok((stream, address)) => {
            // answers are written whole: waiting to fill a packet only delays them
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "could not set TCP_NODELAY");
            }
            Some((stream, address))
        }
        Err(error) => {
            tracing::warn!(%error, "could not accept a connection");
            tokio::time::sleep(PAUSE).await;
            None
        }
    }
}
