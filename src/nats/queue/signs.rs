//! Signs of life, and what the service says to them.

use std::sync::atomic::Ordering;

use super::answer::NoAnswer;
use super::{NatsQueue, lock};
use crate::nats::ask::{Sign, Welcome};
use crate::nats::fleet::SIGN;
use crate::work::{Notice, WorkError};

impl NatsQueue {
    /// Gives a sign of life; why the service lets this worker take no trials, if it does not.
    ///
    /// # Errors
    /// When the service does not answer.
    pub async fn introduce(&self, sign: &Sign) -> Result<Option<String>, WorkError> {
        let answered: Result<Welcome, NoAnswer> = self.ask("sign", sign).await;
        let was_answered = self.0.is_answered.swap(answered.is_ok(), Ordering::Relaxed);
        let welcome = answered?;
        if !was_answered {
            // hints may have been lost while nobody answered
            let _ = self.0.notices.send(Notice::Missed);
        }
        let refused = if let Welcome::Refused(why) = &welcome { Some(why.clone()) } else { None };
        lock(&self.0.standing).welcome = Some(welcome);
        Ok(refused)
    }

    /// Gives signs of life, again and again; `describe` says how the worker stands.
    pub async fn give_signs(&self, describe: impl Fn() -> Sign) {
        let mut told: Option<Result<Option<String>, ()>> = None;
        loop {
            let outcome = self.introduce(&describe()).await;
            let now = outcome.clone().map_err(|_| ());
            if told.as_ref() != Some(&now) {
                match &outcome {
                    Ok(None) => tracing::info!("the service is there"),
                    Ok(Some(why)) => tracing::error!(why, "the service refuses this worker"),
                    Err(error) => tracing::warn!(%error, "the service does not answer; trying again"),
                }
                told = Some(now);
            }
            tokio::time::sleep(SIGN).await;
        }
    }
}
