//! What the service answered, or why there is no answer.

use serde::de::DeserializeOwned;

use crate::nats::ask::{Answer, read};
use crate::work::WorkError;

/// Why a question has no good answer.
pub(super) enum NoAnswer {
    /// Nobody is there.
    Away(String),
    /// It was refused.
    Refused(String),
}

impl From<NoAnswer> for WorkError {
    fn from(no: NoAnswer) -> Self {
        let (NoAnswer::Away(why) | NoAnswer::Refused(why)) = no;
        Self::Unavailable(why)
    }
}

/// What the service said.
pub(super) fn answer<A: DeserializeOwned>(payload: &[u8]) -> Result<A, NoAnswer> {
    match read::<Answer<A>>(payload) {
        Ok(Answer::Yes(answer)) => Ok(answer),
        Ok(Answer::No(why)) => Err(NoAnswer::Refused(why)),
        Err(error) => Err(NoAnswer::Refused(format!("an answer that was not understood: {error}"))),
    }
}
