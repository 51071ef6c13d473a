//! Stored results across jobs: filtered, sorted, in pages.

mod capacities;
mod measurements;

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder, Row, Sqlite};

use super::facets::{FEW, Part};
use super::page::{decode, encode};
use super::{Page, PageRequest, Store, StoreError};
use crate::job::JobId;
use crate::outcome::Digest;
pub use capacities::StoredCapacity;
pub use measurements::StoredMeasurement;

/// Which results to list; an empty list asks for nothing, several values for any of them.
#[derive(Debug, Clone, Default)]
pub struct ResultFilter {
    /// Names of quantities; not asked of capacities.
    pub quantities: Vec<String>,
    /// Kinds of sources.
    pub sources: Vec<String>,
    /// Kinds of networks.
    pub networks: Vec<String>,
    /// Kinds of regularizers; the empty name stands for none at all.
    pub regularizers: Vec<String>,
    /// Kinds of optimizers.
    pub optimizers: Vec<String>,
    /// Tags of the job.
    pub tags: Vec<String>,
    /// Jobs.
    pub jobs: Vec<JobId>,
    /// A text in the name of the job.
    pub name: Option<String>,
    /// Replicates at least.
    pub least_n: Option<u32>,
    /// Whether what served a search for tuning is listed too.
    pub with_tuning: bool,
}

/// In which order to list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResultSort {
    /// Newest job first, in it by cell and quantity.
    #[default]
    JobDesc,
    /// Oldest job first.
    JobAsc,
    /// By value, the largest first.
    ValueDesc,
    /// By value, the smallest first.
    ValueAsc,
}

impl ResultSort {
    const fn label(self) -> &'static str {
        match self {
            Self::JobDesc => "-job",
            Self::JobAsc => "job",
            Self::ValueDesc => "-value",
            Self::ValueAsc => "value",
        }
    }
}

/// What a result is of.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "named like the fields of a result")]
pub struct Origin {
    pub job: JobId,
    pub name: String,
    pub tags: Vec<String>,
    pub seed: u64,
    pub spec_digest: Option<Digest>,
    pub numeric_profile: Option<String>,
    pub version: String,
    pub analysis_version: u32,
    pub coordinates_json: String,
    pub source: String,
    pub network: String,
    pub regularizers: Vec<String>,
    pub optimizer: String,
}

impl FromRow<'_, SqliteRow> for Origin {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let decode = |error: serde_json::Error| sqlx::Error::Decode(error.to_string().into());
        let text = |column: &str| row.try_get::<String, _>(column);
        Ok(Self {
            job: text("job")?.parse().map_err(|_| sqlx::Error::Decode("job id".into()))?,
            name: text("name")?,
            tags: serde_json::from_str(&text("tags")?).map_err(decode)?,
            seed: text("seed")?.parse().map_err(|_| sqlx::Error::Decode("a seed".into()))?,
            spec_digest: row.try_get::<Option<String>, _>("spec_digest")?.map(Digest::from_text),
            numeric_profile: row.try_get("numeric_profile")?,
            version: text("version")?,
            analysis_version: row.try_get("analysis_version")?,
            coordinates_json: text("coordinates")?,
            source: text("source")?,
            network: text("network")?,
            regularizers: serde_json::from_str(&text("regularizers")?).map_err(decode)?,
            optimizer: text("optimizer")?,
        })
    }
}

/// Columns of [`Origin`]; `kinds` is the table that has the coordinates and kinds.
fn origin_columns(kinds: &str) -> String {
    format!(
        "jobs.id as job, jobs.name, jobs.tags, evaluations.seed, jobs.spec_digest,
         evaluations.numeric_profile, evaluations.version, evaluations.analysis_version,
         {kinds}.coordinates, {kinds}.source, {kinds}.network, {kinds}.regularizers, {kinds}.optimizer"
    )
}

type Query = QueryBuilder<Sqlite>;

/// Adds what the filter asks of the job and of the kinds in this table.
fn push_filter(query: &mut Query, filter: &ResultFilter, kinds: &str) {
    let jobs: Vec<String> = filter.jobs.iter().map(ToString::to_string).collect();
    push_any_of(query, "jobs.id", &jobs);
    push_any_of(query, &format!("{kinds}.source"), &filter.sources);
    push_any_of(query, &format!("{kinds}.network"), &filter.networks);
    push_any_of(query, &format!("{kinds}.optimizer"), &filter.optimizers);
    if !filter.regularizers.is_empty() {
        query.push(format!(" and (exists (select 1 from json_each({kinds}.regularizers) where 1"));
        push_any_of(query, "value", &filter.regularizers);
        query.push(")");
        if filter.regularizers.iter().any(String::is_empty) {
            query.push(format!(" or {kinds}.regularizers = '[]'"));
        }
        query.push(")");
    }
    if !filter.tags.is_empty() {
        query.push(" and exists (select 1 from json_each(jobs.tags) where 1");
        push_any_of(query, "value", &filter.tags);
        query.push(")");
    }
    if let Some(name) = &filter.name {
        query.push(" and instr(lower(jobs.name), lower(").push_bind(name.clone()).push(")) > 0");
    }
}

fn push_any_of(query: &mut Query, column: &str, values: &[String]) {
    if values.is_empty() {
        return;
    }
    query.push(format!(" and {column} in ("));
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(value.clone());
    }
    query.push(")");
}

/// A list of results, as each of its kinds makes it.
trait Listed: for<'r> FromRow<'r, SqliteRow> + Send + Unpin + 'static {
    /// Everything up to what says which page.
    /// `is_of_few` tells that few jobs pass, which are looked at in turn.
    fn query(filter: &ResultFilter, sort: ResultSort, is_of_few: bool) -> Query;

    /// The columns that order it, in their order: the job's id, what tells rows of a job apart.
    const PLACE: &'static [&'static str];
    /// The column of the value.
    const VALUE: &'static str;

    /// The job's id and what tells rows of a job apart.
    fn place(&self) -> Vec<String>;
    /// The value.
    fn value(&self) -> f64;
}

fn ordered<T: Listed>(
    filter: &ResultFilter,
    sort: ResultSort,
    cursor: Option<&str>,
    few: Option<&[String]>,
) -> Result<Query, StoreError> {
    let mut query = T::query(filter, sort, few.is_some());
    match few {
        Some([]) => {
            query.push(" and 0");
        }
        Some(few) => push_any_of(&mut query, "jobs.id", few),
        None => parts(filter).iter().for_each(|part| part.push(&mut query)),
    }
    // jobs are looked at in turn: in their own order
    let (job, rest) = ("jobs.id", T::PLACE[1..].join(", "));
    let keys = T::PLACE.len();
    match sort {
        ResultSort::JobDesc | ResultSort::JobAsc => {
            let (less, direction) = if sort == ResultSort::JobDesc { ("<", " desc") } else { (">", "") };
            if let Some(cursor) = cursor {
                let found = decode(cursor, sort.label(), keys)?;
                // one bound first, so that a scan of jobs begins at it
                query.push(format!(" and {job} {less}= ")).push_bind(found[0].clone());
                query.push(format!(" and ({job} {less} ")).push_bind(found[0].clone());
                query.push(format!(" or ({rest}) > ("));
                push_keys(&mut query, &found[1..], T::PLACE[1..].len());
                query.push("))");
            }
            query.push(format!(" order by {job}{direction}, {rest}"));
        }
        ResultSort::ValueDesc | ResultSort::ValueAsc => {
            let (less, direction) = if sort == ResultSort::ValueDesc { ("<", " desc") } else { (">", "") };
            let all: Vec<String> = T::PLACE.iter().map(|column| format!("{column}{direction}")).collect();
            if let Some(cursor) = cursor {
                let found = decode(cursor, sort.label(), keys + 1)?;
                let value: f64 = found[0].parse().map_err(|_| StoreError::InvalidCursor)?;
                query.push(format!(" and ({}, {}) {less} (", T::VALUE, T::PLACE.join(", ")));
                query.push_bind(value).push(", ");
                push_keys(&mut query, &found[1..], keys);
                query.push(")");
            }
            query.push(format!(" order by {}{direction}, {}", T::VALUE, all.join(", ")));
        }
    }
    Ok(query)
}

/// Keys as they compare with their columns: whole numbers as numbers.
fn push_keys(query: &mut Query, keys: &[String], count: usize) {
    let mut list = query.separated(", ");
    for key in &keys[..count] {
        match key.parse::<i64>() {
            Ok(number) => list.push_bind(number),
            Err(_) => list.push_bind(key.clone()),
        };
    }
}

impl Store {
    async fn listed<T: Listed>(
        &self,
        filter: &ResultFilter,
        sort: ResultSort,
        page: &PageRequest,
    ) -> Result<Page<T>, StoreError> {
        let few = self.few_of(filter).await?;
        let mut query = ordered::<T>(filter, sort, page.cursor.as_deref(), few.as_deref())?;
        // one more than asked for tells whether there is a next page
        query.push(" limit ").push_bind(i64::from(page.limit) + 1);
        let mut items: Vec<T> = query.build_query_as().fetch_all(&self.readers).await?;
        let more = items.len() > page.limit as usize;
        items.truncate(page.limit as usize);
        let next_cursor = items.last().filter(|_| more).map(|last| {
            let mut keys = last.place();
            if matches!(sort, ResultSort::ValueDesc | ResultSort::ValueAsc) {
                keys.insert(0, format!("{:?}", last.value()));
            }
            encode(sort.label(), &keys.iter().map(String::as_str).collect::<Vec<_>>())
        });
        Ok(Page { items, next_cursor })
    }
}

impl Store {
    /// The jobs that may pass a filter of results, where they are few.
    async fn few_of(&self, filter: &ResultFilter) -> Result<Option<Vec<String>>, StoreError> {
        if (1..=FEW).contains(&filter.jobs.len()) {
            return Ok(Some(filter.jobs.iter().map(ToString::to_string).collect()));
        }
        self.few(&parts(filter)).await
    }
}

/// The parts of a filter of results.
fn parts(filter: &ResultFilter) -> Vec<Part<'_>> {
    let facets = [
        ("tag", &filter.tags),
        ("source", &filter.sources),
        ("network", &filter.networks),
        ("regularizer", &filter.regularizers),
        ("optimizer", &filter.optimizers),
    ];
    let asked = facets.into_iter().filter(|(_, values)| !values.is_empty());
    let mut parts: Vec<Part> = asked.map(|(facet, values)| Part::AnyOf(facet, values)).collect();
    parts.extend(filter.least_n.map(Part::Replicates));
    parts.extend(filter.name.as_deref().map(Part::Name));
    parts
}
