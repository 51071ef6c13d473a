//! The writer: one task, one connection, many commands to a transaction.
//!
//! Commands that arrive while a transaction commits go into the next one
//! together. Each runs in a savepoint, so that one that fails spoils no other,
//! and is answered only after the commit. A caller that leaves changes nothing:
//! the task owns the transaction.

use std::any::Any;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{broadcast, mpsc, oneshot};

use super::clock::Clock;
use super::error::StoreError;
use super::file::BUSY_TIMEOUT;
use super::folder::Folder;
use super::hint::Happened;
use super::tally::{Counted, Tally};

/// Waits for a turn of this length are usual.
const USUAL: Duration = Duration::from_millis(200);

/// Commands in one transaction at most.
const GROUP: usize = 256;

/// What a command works on.
pub(super) struct Transaction<'c> {
    pub(super) connection: &'c mut SqliteConnection,
    /// The moment of this transaction, for people.
    pub(super) now_ms: i64,
    /// How long servers have run on this database: what lasts is measured with it.
    pub(super) running_ms: i64,
    /// What to tell the watchers once it is committed.
    pub(super) happened: Vec<Happened>,
    /// What to count once it is committed.
    pub(super) counted: Vec<Counted>,
    /// Files of checkpoints that no row names once it is committed.
    pub(super) unnamed: Vec<String>,
}

/// Who is told of what was committed.
pub(super) struct Told {
    pub(super) happened: broadcast::Sender<Happened>,
    pub(super) tally: Tally,
    pub(super) checkpoints: Folder,
}

/// What is told.
#[derive(Default)]
struct Tidings {
    happened: Vec<Happened>,
    counted: Vec<Counted>,
    unnamed: Vec<String>,
}

type Answer = Box<dyn Any + Send>;
type Work =
    Box<dyn for<'t, 'c> FnOnce(&'t mut Transaction<'c>) -> BoxFuture<'t, Result<Answer, StoreError>> + Send>;

struct Command {
    work: Work,
    /// Since when its caller waits.
    since: Instant,
    answer: oneshot::Sender<Result<Answer, StoreError>>,
}

enum Message {
    Run(Command),
    Close(oneshot::Sender<Result<(), StoreError>>),
}

#[derive(Clone)]
pub(super) struct Writer {
    messages: mpsc::Sender<Message>,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}

impl Writer {
    pub(super) fn start(
        connection: SqliteConnection,
        options: SqliteConnectOptions,
        clock: Clock,
        ran_ms: i64,
        told: Told,
    ) -> Self {
        let (messages, inbox) = mpsc::channel(1024);
        let began_ms = ran_ms - clock.steady_ms();
        let task =
            Task { connection: Some(connection), options, clock, began_ms, patience: BUSY_TIMEOUT, told };
        tokio::spawn(task.run(inbox));
        Self { messages }
    }

    /// Runs `work` in a transaction; returns after it is durable.
    pub(super) async fn run<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'t, 'c> FnOnce(&'t mut Transaction<'c>) -> BoxFuture<'t, Result<T, StoreError>>
            + Send
            + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |transaction| {
            let running = work(transaction);
            Box::pin(async move { running.await.map(|value| Box::new(value) as Answer) })
        });
        let message = Message::Run(Command { work, since: Instant::now(), answer });
        self.messages.send(message).await.map_err(|_| StoreError::Closed)?;
        let lost = |_| StoreError::Unavailable("the writer failed; the log says why".to_owned());
        let value = answered.await.map_err(lost)??;
        Ok(*value.downcast::<T>().expect("the answer has the type of the work"))
    }

    pub(super) async fn close(&self) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.messages.send(Message::Close(answer)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

struct Task {
    /// Absent after an error that spoiled it, until it is opened again.
    connection: Option<SqliteConnection>,
    options: SqliteConnectOptions,
    clock: Clock,
    /// What the running time was when the steady clock stood at 0.
    began_ms: i64,
    /// How long the connection waits while another process has the database.
    patience: Duration,
    told: Told,
}

impl Task {
    async fn run(mut self, mut inbox: mpsc::Receiver<Message>) {
        while let Some(message) = inbox.recv().await {
            let mut group = Vec::new();
            let mut closing = None;
            let mut next = Some(message);
            while let Some(message) = next {
                match message {
                    Message::Run(command) => group.push(command),
                    Message::Close(answer) => closing = Some(answer),
                }
                if closing.is_some() || group.len() == GROUP {
                    break;
                }
                next = inbox.try_recv().ok();
            }
            if !group.is_empty() && AssertUnwindSafe(self.commit(group)).catch_unwind().await.is_err() {
                // nothing of the group is certain; the next one gets a connection of its own
                tracing::error!("the writer panicked");
                self.told.tally.add([Counted::StorageError]);
                self.connection = None;
            }
            if let Some(answer) = closing {
                let running_ms = self.began_ms + self.clock.steady_ms();
                let closed = match self.connection.take() {
                    Some(connection) => close_connection(connection, running_ms).await,
                    None => Ok(()),
                };
                let _ = answer.send(closed);
                return;
            }
        }
    }

    async fn commit(&mut self, group: Vec<Command>) {
        let mut answers = Vec::with_capacity(group.len());
        match self.transact(group, &mut answers).await {
            Ok(tidings) => {
                self.told.tally.add(tidings.counted);
                for event in tidings.happened {
                    let _ = self.told.happened.send(event); // nobody may be watching
                }
                if !tidings.unnamed.is_empty() {
                    let folder = self.told.checkpoints.clone();
                    tokio::task::spawn_blocking(move || folder.remove(&tidings.unnamed));
                }
                for (answer, result) in answers {
                    let _ = answer.send(result); // the caller may have left
                }
            }
            Err(error) => {
                tracing::error!(%error, "a transaction failed");
                self.told.tally.add([Counted::StorageError]);
                if error.spoils_connection() {
                    self.connection = None;
                }
                for (answer, _) in answers {
                    let _ = answer.send(Err(copy(&error)));
                }
            }
        }
    }

    /// Runs a group in one transaction. On an error nothing of it is certain.
    async fn transact(
        &mut self,
        group: Vec<Command>,
        answers: &mut Vec<(oneshot::Sender<Result<Answer, StoreError>>, Result<Answer, StoreError>)>,
    ) -> Result<Tidings, StoreError> {
        let mut group = group.into_iter();
        let outcome = self.transact_in_order(&mut group, answers).await;
        if outcome.is_err() {
            answers.extend(group.map(|command| (command.answer, Err(StoreError::Closed))));
            if let Some(connection) = &mut self.connection {
                let _ = sqlx::query("rollback").execute(connection).await; // may have happened already
            }
        }
        outcome
    }

    /// Who has waited for its turn while another process had the database waits that much less for
    /// the database.
    async fn wait_at_most(&mut self, left: Duration) -> Result<(), StoreError> {
        // the usual waits are not worth a change
        let left = if left + USUAL > BUSY_TIMEOUT { BUSY_TIMEOUT } else { left };
        if left != self.patience
            && let Some(connection) = &mut self.connection
        {
            let pragma = format!("pragma busy_timeout = {}", left.as_millis());
            sqlx::query(sqlx::AssertSqlSafe(pragma)).execute(connection).await?;
            self.patience = left;
        }
        Ok(())
    }

    async fn transact_in_order(
        &mut self,
        group: &mut std::vec::IntoIter<Command>,
        answers: &mut Vec<(oneshot::Sender<Result<Answer, StoreError>>, Result<Answer, StoreError>)>,
    ) -> Result<Tidings, StoreError> {
        if self.connection.is_none() {
            self.connection = Some(self.options.connect().await?);
            self.patience = BUSY_TIMEOUT;
        }
        let waited = group.as_slice().iter().map(|command| command.since.elapsed()).max();
        self.wait_at_most(BUSY_TIMEOUT.saturating_sub(waited.unwrap_or_default())).await?;
        let connection = self.connection.as_mut().expect("opened above");
        sqlx::query("begin immediate").execute(&mut *connection).await?;
        let now_ms = self.clock.now_ms();
        let running_ms = self.began_ms + self.clock.steady_ms();
        let mut all = Tidings::default();
        for command in group {
            let Tidings { happened, counted, unnamed } = Tidings::default();
            let mut transaction =
                Transaction { connection: &mut *connection, now_ms, running_ms, happened, counted, unnamed };
            sqlx::query("savepoint command").execute(&mut *transaction.connection).await?;
            let result = (command.work)(&mut transaction).await;
            let Transaction { happened, counted, unnamed, .. } = transaction;
            let fatal = result.as_ref().err().filter(|error| error.spoils_connection()).map(copy);
            let end = if result.is_ok() { "release command" } else { "rollback to command; release command" };
            if result.is_ok() {
                all.happened.extend(happened);
                all.counted.extend(counted);
                all.unnamed.extend(unnamed);
            }
            answers.push((command.answer, result));
            if let Some(error) = fatal {
                return Err(error);
            }
            sqlx::raw_sql(end).execute(&mut *connection).await?;
        }
        sqlx::query("commit").execute(&mut *connection).await?;
        Ok(all)
    }
}

impl Transaction<'_> {
    /// Stores how long servers have run, so that the next one goes on from there.
    pub(super) async fn keep_running_time(&mut self) -> Result<(), StoreError> {
        keep_running_time(&mut *self.connection, self.running_ms).await
    }
}

async fn keep_running_time(connection: &mut SqliteConnection, running_ms: i64) -> Result<(), StoreError> {
    sqlx::query("update running_time set ms = ?").bind(running_ms).execute(connection).await?;
    Ok(())
}

/// Closes a connection after folding the log into the file.
async fn close_connection(mut connection: SqliteConnection, running_ms: i64) -> Result<(), StoreError> {
    keep_running_time(&mut connection, running_ms).await?;
    sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Errors are told to several callers.
fn copy(error: &StoreError) -> StoreError {
    match error {
        StoreError::Busy => StoreError::Busy,
        StoreError::Closed => StoreError::Closed,
        StoreError::Unavailable(detail) => StoreError::Unavailable(detail.clone()),
        StoreError::Corrupt { file, detail } => {
            StoreError::Corrupt { file: file.clone(), detail: detail.clone() }
        }
        other => StoreError::Internal(other.to_string()),
    }
}
