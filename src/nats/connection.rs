//! The connection to NATS: where it is, who asks, and that it comes back by itself.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions, Event, ServerAddr};

use super::subject::INBOX_OF_WORKERS;

/// A server that says nothing for twice as long is gone.
const PING: Duration = Duration::from_secs(5);
/// Between two tries to reach it, at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Whoever does not answer within this time is not there.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Who asks, as the server is told.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// File with a token.
    pub token: Option<PathBuf>,
    /// File with the seed of an nkey.
    pub nkey: Option<PathBuf>,
    /// File with a JWT and the seed of its nkey (`.creds`).
    pub credentials: Option<PathBuf>,
    /// File with the certificates of the authority to trust beside those of the system.
    pub authority: Option<PathBuf>,
    /// Files with a certificate and its key, for a server that wants to know who asks.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

/// Which end a connection is. Answers come to subjects of their own for each, so that a server can be told to let
/// neither read those of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The service.
    Service,
    /// A worker.
    Worker,
}

impl Role {
    const fn inbox(self) -> &'static str {
        match self {
            Self::Service => "_INBOX_SERVICE",
            Self::Worker => INBOX_OF_WORKERS,
        }
    }
}

/// Where a server is, and how to be known there.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Addresses of servers of one cluster.
    servers: Vec<ServerAddr>,
    /// User and password, or a token, from the address.
    user: Option<(String, Option<String>)>,
    access: Access,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// Not the address of a server.
    #[error("{url}: {detail}")]
    Address {
        /// What was given.
        url: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A file that says who asks cannot be read.
    #[error("{path}: {detail}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What happened.
        detail: String,
    },
    /// The options do not go together.
    #[error("NATS: {0}")]
    Options(String),
}

impl Endpoint {
    /// One server, or several of a cluster with commas between them.
    ///
    /// # Errors
    /// When it is no address.
    pub fn new(url: &str, access: Access) -> Result<Self, ConnectionError> {
        let fault = |url: &str, detail: String| ConnectionError::Address { url: url.to_owned(), detail };
        let mut user = None;
        let servers = url.split(',').map(|one| {
            let one = one.trim();
            let scheme = one.split_once("://").map_or("nats", |(scheme, _)| scheme);
            if !["nats", "tls"].contains(&scheme) {
                return Err(fault(one, "must begin with nats:// or tls://".into()));
            }
            let server = one.parse::<ServerAddr>().map_err(|error| fault(one, error.to_string()))?;
            if server.host().is_empty() {
                return Err(fault(one, "names no host".into()));
            }
            if let Some(name) = server.username() {
                user = Some((plain(name), server.password().map(plain)));
            }
            // without what no log should have
            let bare = format!("{scheme}://{}:{}", server.host(), server.port());
            bare.parse::<ServerAddr>().map_err(|error| fault(one, error.to_string()))
        });
        Ok(Self { servers: servers.collect::<Result<_, _>>()?, user, access })
    }

    /// The addresses without passwords, for people.
    #[must_use]
    pub fn shown(&self) -> String {
        let one = |server: &ServerAddr| format!("{}:{}", server.host(), server.port());
        self.servers.iter().map(one).collect::<Vec<_>>().join(",")
    }
}

/// A connection that comes back by itself for as long as the process runs. Clones share it.
#[derive(Debug, Clone)]
pub struct Connection {
    pub(super) client: Client,
    pub(super) jetstream: Context,
    is_closing: Arc<AtomicBool>,
}

impl Connection {
    /// Connects, now or as soon as a server can be reached.
    ///
    /// # Errors
    /// When the options are wrong; a server that cannot be reached is none.
    pub async fn open(endpoint: &Endpoint, name: &str, role: Role) -> Result<Self, ConnectionError> {
        let Endpoint { servers, user, access } = endpoint;
        let is_closing = Arc::new(AtomicBool::new(false));
        let closing = Arc::clone(&is_closing);
        let mut options = ConnectOptions::new()
            .name(name)
            .custom_inbox_prefix(role.inbox())
            .retry_on_initial_connect()
            .max_reconnects(None)
            .ping_interval(PING)
            .request_timeout(Some(PATIENCE))
            .reconnect_delay_callback(pause_after)
            .event_callback(move |event| {
                let is_closing = closing.load(Ordering::Relaxed);
                async move {
                    if !is_closing {
                        tell(&event);
                    }
                }
            });
        options = match user.clone() {
            Some((name, Some(password))) => options.user_and_password(name, password),
            Some((token, None)) => options.token(token),
            None => options,
        };
        if let Some(file) = &access.token {
            options = options.token(text(file)?);
        }
        if let Some(file) = &access.nkey {
            options = options.nkey(text(file)?);
        }
        if let Some(file) = &access.credentials {
            let fault = |error: std::io::Error| file_fault(file, &error);
            // its last line must end, too
            options = options.credentials(&(text(file)? + "\n")).map_err(fault)?;
        }
        if let Some(file) = &access.authority {
            text(file)?;
            options = options.add_root_certificates(file.clone());
        }
        if let Some((certificate, key)) = &access.certificate {
            text(certificate)?;
            text(key)?;
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        let connected = options.connect(servers.as_slice()).await;
        let client = connected.map_err(|error| ConnectionError::Options(error.to_string()))?;
        let mut jetstream = jetstream::new(client.clone());
        jetstream.set_timeout(PATIENCE);
        Ok(Self { client, jetstream, is_closing })
    }

    /// Whether a server is there.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// The version of the server; nothing before it was reached.
    #[must_use]
    pub fn server_version(&self) -> Option<String> {
        self.client.try_server_info().map(|info| info.version).filter(|version| !version.is_empty())
    }

    /// Sends what waits and ends the connection.
    pub async fn close(&self) {
        self.is_closing.store(true, Ordering::Relaxed);
        if self.is_up() {
            let _ = tokio::time::timeout(PATIENCE, self.client.flush()).await; // it may just have gone
        }
        let _ = self.client.drain().await;
    }
}

fn file_fault(path: &Path, error: &std::io::Error) -> ConnectionError {
    ConnectionError::File { path: path.to_owned(), detail: error.to_string() }
}

fn text(path: &Path) -> Result<String, ConnectionError> {
    let text = std::fs::read_to_string(path).map_err(|error| file_fault(path, &error))?;
    Ok(text.trim().to_owned())
}

/// A part of an address whose special characters are written as `%XX`.
fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let code = (byte == b'%').then(|| rest.clone().take(2).collect::<Vec<u8>>());
        let code = code.and_then(|digits| u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok());
        match code {
            Some(code) => {
                bytes.push(code);
                rest.nth(1);
            }
            None => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// After so many tries that failed; longer and longer, so that a fleet does not come back in one moment.
fn pause_after(tries: usize) -> Duration {
    let step = u32::try_from(tries.min(6)).unwrap_or(6);
    (Duration::from_millis(50) * 2_u32.pow(step)).min(LONGEST_PAUSE)
}

fn tell(event: &Event) {
    // one that cannot be made is tried for ever, and told once for each reason
    static LAST: Mutex<String> = Mutex::new(String::new());
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let mut was_told = |error: &dyn std::fmt::Display| {
        let text = error.to_string();
        std::mem::replace(&mut *last, text.clone()) == text
    };
    match event {
        Event::Connected => tracing::info!("connected to NATS"),
        Event::Disconnected => tracing::warn!("the connection to NATS is lost; trying again"),
        Event::SlowConsumer(_) => tracing::warn!("messages of NATS were lost, for they came too fast"),
        Event::ServerError(error) => tracing::warn!(%error, "NATS refused something"),
        Event::ClientError(error) if !was_told(error) => {
            tracing::warn!(%error, "no connection to NATS; trying again");
        }
        other => tracing::debug!("NATS: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_checked_and_shown_without_its_password() {
        let shown = |url| Endpoint::new(url, Access::default()).map(|endpoint| endpoint.shown());
        assert_eq!(shown("nats://a:4222, tls://u:secret@b:5").unwrap(), "a:4222,b:5");
        assert_eq!(shown("queue.example").unwrap(), "queue.example:4222");
        let secret = Endpoint::new("nats://ada:a%40b%2F%zz@h", Access::default()).unwrap();
        assert_eq!(secret.user, Some(("ada".into(), Some("a@b/%zz".into()))));
        assert!(!format!("{:?}", secret.servers).contains("ada"));
        for wrong in ["http://a", "nats://", "ws://a:1"] {
            assert!(shown(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn pauses_grow_and_end() {
        assert_eq!(pause_after(1), Duration::from_millis(100));
        assert_eq!(pause_after(1000), Duration::from_millis(3200));
    }
}
