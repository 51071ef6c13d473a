//! Who sent a request: the address of the connection and, once a guard knows it, the token's name. The
//! accept loop puts it into every request.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use axum::http::Extensions;

use super::access::TokenKind;

/// Who sent a request.
#[derive(Debug, Default)]
pub(super) struct Caller {
    /// Address of the other end of the connection: a proxy's, where there is one.
    pub(super) address: Option<IpAddr>,
    /// Name of the token that the request was admitted with.
    pub(super) token: OnceLock<Arc<str>>,
    /// What the token permits.
    pub(super) kind: OnceLock<TokenKind>,
}

impl Caller {
    /// From this address.
    pub(super) fn at(address: IpAddr) -> Arc<Self> {
        Arc::new(Self { address: Some(address), ..Self::default() })
    }

    /// Of a request.
    pub(super) fn of(extensions: &Extensions) -> Arc<Self> {
        extensions.get::<Arc<Self>>().cloned().unwrap_or_default()
    }
}
