//! Who may ask: bearer tokens and the names under which the server answers.

mod failures;
mod tokens;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use failures::Failures;
pub use tokens::{Holder, LineFault, TokenFault, TokenKind, Tokens};

/// Names of this machine itself.
const LOOPBACK_NAMES: [&str; 2] = ["localhost", "ip6-localhost"];

/// Wrong tokens a minute that an address may send, unless stated otherwise.
pub const TOKEN_FAILURES: u32 = 10;

/// Who may ask, and by which name of the host. Clones share the tokens.
#[derive(Debug, Clone)]
pub struct Access {
    tokens: Arc<RwLock<Tokens>>,
    failures: Arc<Mutex<Failures>>,
    allowed_failures: u32,
    hosts: Arc<[String]>,
}

/// Whether a request may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// No token is asked for.
    Open,
    /// The token is known.
    Known(Holder),
    /// The token is missing or wrong.
    Refused,
    /// The token is wrong, as many others from this address: it is to wait for so long.
    Later(Duration),
}

impl Default for Access {
    fn default() -> Self {
        Self::new(Tokens::default(), &[])
    }
}

impl Access {
    /// Access for whoever has one of the tokens (everybody without any), by the addresses of the server, the
    /// loopback names and `hosts`.
    #[must_use]
    pub fn new(tokens: Tokens, hosts: &[String]) -> Self {
        Self {
            tokens: Arc::new(RwLock::new(tokens)),
            failures: Arc::default(),
            allowed_failures: TOKEN_FAILURES,
            hosts: hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
        }
    }

    /// With another number of wrong tokens a minute that an address may send.
    #[must_use]
    pub fn with_failures(mut self, allowed: u32) -> Self {
        self.allowed_failures = allowed;
        self
    }

    /// Puts other tokens in the place of those that were valid until now.
    pub fn replace(&self, tokens: Tokens) {
        *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = tokens;
    }

    /// Whether a request that offers this token may go on. Only wrong tokens count as failures; a right one is
    /// admitted however many wrong ones came from its address, so that nobody can lock others out.
    #[must_use]
    pub fn admit(&self, offered: Option<&[u8]>, from: Option<IpAddr>, now: Instant) -> Admission {
        let tokens = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        if tokens.is_empty() {
            return Admission::Open;
        }
        let Some(offered) = offered else { return Admission::Refused };
        if let Some(holder) = tokens.holder(offered) {
            return Admission::Known(holder.clone());
        }
        let Some(from) = from else { return Admission::Refused };
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        match failures.count(from, self.allowed_failures, now) {
            Some(wait) => Admission::Later(wait),
            None => Admission::Refused,
        }
    }

    /// Whether the server goes by this name (`host`, `host:port`). A page of
    /// another site can have its name point here (DNS rebinding); an address
    /// cannot be rebound.
    #[must_use]
    pub fn answers_to(&self, authority: &str) -> bool {
        let Some(host) = host_of(authority) else { return false };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        bare.parse::<IpAddr>().is_ok()
            || LOOPBACK_NAMES.contains(&host.as_str())
            || self.hosts.contains(&host)
    }
}

/// The host of `host[:port]`, in lower case.
fn host_of(authority: &str) -> Option<String> {
    let authority: axum::http::uri::Authority = authority.parse().ok()?;
    let has_user = authority.as_str().contains('@');
    let port_is_number = authority.as_str().len() == authority.host().len() || authority.port_u16().is_some();
    (!has_user && port_is_number && !authority.host().is_empty())
        .then(|| authority.host().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_token_is_admitted_whatever_else_came_from_its_address() {
        let right = "0123456789abcdefghij".as_bytes();
        let access = Access::new(Tokens::single("0123456789abcdefghij").unwrap(), &[]).with_failures(2);
        let (from, now) = (Some(IpAddr::from([192, 0, 2, 1])), Instant::now());
        for _ in 0..20 {
            assert_eq!(access.admit(None, from, now), Admission::Refused, "nothing is no guess");
        }
        let admit = |offered| access.admit(Some(offered), from, now);
        assert_eq!([admit(b"a"), admit(b"b")], [Admission::Refused, Admission::Refused]);
        assert_eq!(admit(b"c"), Admission::Later(Duration::from_mins(1)));
        assert!(matches!(admit(right), Admission::Known(_)));
        access.replace(Tokens::single("9876543210abcdefghij").unwrap());
        assert_eq!(access.admit(Some(right), None, now), Admission::Refused);
        assert_eq!(Access::default().admit(Some(b"anything"), from, now), Admission::Open);
    }

    #[test]
    fn the_server_answers_to_its_own_names_only() {
        let access = Access::new(Tokens::default(), &["Bits.example".to_owned()]);
        for own in
            ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080", "10.0.0.7", "bits.example:443"]
        {
            assert!(access.answers_to(own), "{own}");
        }
        for other in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "user@localhost",
            "localhost:x",
            "a b",
            "bits.example.",
        ] {
            assert!(!access.answers_to(other), "{other}");
        }
    }
}
