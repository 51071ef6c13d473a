//! A look through everything that is stored: pages, references, reports, specs, counts and seals.

use std::path::Path;

use futures_util::TryStreamExt;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::error::StoreError;
use super::file::{FILE, reading_options};
use super::{integrity, seals};
use crate::outcome::Digest;

/// What a look through a database found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// Jobs that were looked at.
    pub jobs: u64,
    /// Trials that were looked at.
    pub trials: u64,
    /// Jobs whose every row was held against their seal.
    pub sealed: u64,
    /// What is not as it was stored, each in words.
    pub faults: Vec<String>,
}

/// Faults that are told at most.
const MOST_FAULTS: usize = 100;

/// Looks through the database of a data directory, which may be in use.
///
/// # Errors
/// When it cannot be read at all.
pub async fn scrub(directory: &Path) -> Result<Scrubbed, StoreError> {
    let file = directory.join(FILE);
    if !file.exists() {
        return Err(StoreError::Directory { path: directory.into(), detail: "holds no database".into() });
    }
    let opened = reading_options(&file).connect().await;
    let mut connection = opened.map_err(|error| StoreError::opening(&file, &error))?;
    let mut found = Scrubbed::default();
    // all of it at one moment
    sqlx::query("begin").execute(&mut connection).await?;
    pages(&mut connection, &file, &mut found).await?;
    if found.faults.is_empty() {
        references(&mut connection, &mut found).await?;
        reports(&mut connection, &mut found).await?;
        jobs(&mut connection, &mut found).await?;
    }
    found.faults.truncate(MOST_FAULTS);
    connection.close().await?;
    Ok(found)
}

async fn pages(
    connection: &mut SqliteConnection,
    file: &Path,
    found: &mut Scrubbed,
) -> Result<(), StoreError> {
    match integrity::whole(connection, file).await {
        Err(StoreError::Corrupt { detail, .. }) => found.faults.push(format!("the file: {detail}")),
        other => other?,
    }
    Ok(())
}

async fn references(connection: &mut SqliteConnection, found: &mut Scrubbed) -> Result<(), StoreError> {
    let loose: Vec<(String, Option<i64>, String)> =
        sqlx::query_as("select \"table\", rowid, parent from pragma_foreign_key_check limit 100")
            .fetch_all(connection)
            .await?;
    let words = |(table, row, parent)| format!("a row of {table} (number {row:?}) names no row of {parent}");
    found.faults.extend(loose.into_iter().map(words));
    Ok(())
}

async fn reports(connection: &mut SqliteConnection, found: &mut Scrubbed) -> Result<(), StoreError> {
    let mut rows = sqlx::query_as::<_, (String, u32, Option<String>, Option<String>)>(
        "select job, number, report, digest from trials",
    )
    .fetch(connection);
    while let Some((job, number, report, digest)) = rows.try_next().await? {
        found.trials += 1;
        if let Some((report, digest)) = report.zip(digest)
            && Digest::of(report.as_bytes()).as_str() != digest
            && found.faults.len() < MOST_FAULTS
        {
            found
                .faults
                .push(format!("job {job}: the report of trial {number} has another digest than its own"));
        }
    }
    Ok(())
}

async fn jobs(connection: &mut SqliteConnection, found: &mut Scrubbed) -> Result<(), StoreError> {
    let rows: Vec<(String, String, Option<String>, i64, i64)> = sqlx::query_as(
        "select id, spec, spec_digest, trials, (select count(*) from trials where trials.job = jobs.id)
         from jobs where deleted_ms is null",
    )
    .fetch_all(&mut *connection)
    .await?;
    for (job, spec, digest, trials, counted) in rows {
        found.jobs += 1;
        if digest.is_some_and(|digest| Digest::of(spec.as_bytes()).as_str() != digest) {
            found.faults.push(format!("job {job}: the spec has another digest than its own"));
        }
        if trials != counted {
            found.faults.push(format!("job {job}: {counted} of {trials} trials are there"));
        }
        match seals::holds(connection, &job).await? {
            Some(true) => found.sealed += 1,
            Some(false) => found.faults.push(format!("job {job} is not as it was stored")),
            None => {}
        }
        if found.faults.len() >= MOST_FAULTS {
            return Ok(());
        }
    }
    Ok(())
}
