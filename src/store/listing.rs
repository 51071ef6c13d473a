//! Lists of jobs: filtered, sorted, in pages, counted.

use sqlx::{QueryBuilder, Sqlite};

use super::facets::{Part, like};
use super::page::{decode, encode};
use super::{JobRow, Page, PageRequest, Store, StoreError};
use crate::job::{JobState, Kind};

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Only in one of these states; in any if there are none.
    pub states: Vec<JobState>,
    /// Only with this text in the name.
    pub name: Option<String>,
    /// Only with this tag.
    pub tag: Option<String>,
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only those that ended before this moment.
    pub ended_before_ms: Option<i64>,
}

/// In which order to list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JobSort {
    /// Newest first.
    #[default]
    CreatedDesc,
    /// Oldest first.
    CreatedAsc,
    /// By name, then age.
    NameAsc,
    /// Those that have not ended, then by end, the last first.
    FinishedDesc,
    /// By end, the first first, then those that have not ended.
    FinishedAsc,
}

impl JobSort {
    /// All orders.
    pub const ALL: [Self; 5] =
        [Self::CreatedDesc, Self::CreatedAsc, Self::NameAsc, Self::FinishedDesc, Self::FinishedAsc];

    /// The name of the order: the field, with `-` in front where the largest comes first.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CreatedDesc => "-created",
            Self::CreatedAsc => "created",
            Self::NameAsc => "name",
            Self::FinishedDesc => "-finished",
            Self::FinishedAsc => "finished",
        }
    }

    /// The key before the id, and which comparison goes on from a row.
    const fn key(self) -> (Option<&'static str>, &'static str) {
        match self {
            Self::CreatedDesc => (None, "<"),
            Self::CreatedAsc => (None, ">"),
            Self::NameAsc => (Some("name"), ">"),
            Self::FinishedDesc => (Some(END), "<"),
            Self::FinishedAsc => (Some(END), ">"),
        }
    }

    /// The key of a row, as text.
    fn key_of(self, row: &JobRow) -> Option<String> {
        match self {
            Self::CreatedDesc | Self::CreatedAsc => None,
            Self::NameAsc => Some(row.name.clone()),
            Self::FinishedDesc | Self::FinishedAsc => Some(row.finished_ms.unwrap_or(i64::MAX).to_string()),
        }
    }
}

/// The end of a job; of one that has not ended the end of time.
const END: &str = "coalesce(finished_ms, 9223372036854775807)";

impl Store {
    /// One page of jobs.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`], or when the database cannot be read.
    pub async fn jobs(
        &self,
        filter: &JobFilter,
        sort: JobSort,
        page: &PageRequest,
    ) -> Result<Page<JobRow>, StoreError> {
        let mut query: QueryBuilder<Sqlite> = QueryBuilder::new("select * from jobs where 1");
        push_filter(&mut query, filter);
        push_few(&mut query, self.few_jobs(filter).await?);
        let (key, comparison) = sort.key();
        if let Some(cursor) = &page.cursor {
            let mut keys = decode(cursor, sort.name(), 1 + usize::from(key.is_some()))?.into_iter();
            match key {
                None => query.push(" and id ").push(comparison),
                Some(key) => query.push(" and (").push(key).push(", id) ").push(comparison),
            };
            query.push(" (");
            if key.is_some() {
                let value = keys.next().unwrap_or_default();
                if sort == JobSort::NameAsc {
                    query.push_bind(value);
                } else {
                    query.push_bind(value.parse::<i64>().map_err(|_| StoreError::InvalidCursor)?);
                }
                query.push(", ");
            }
            query.push_bind(keys.next().unwrap_or_default()).push(")");
        }
        let direction = if comparison == "<" { " desc" } else { "" };
        query.push(" order by ");
        if let Some(key) = key {
            query.push(key).push(direction).push(", ");
        }
        query.push("id").push(direction);
        // one more than asked for tells whether there is a next page
        query.push(" limit ").push_bind(i64::from(page.limit) + 1);
        query.push(" offset ").push_bind(i64::from(page.skip));
        let mut items: Vec<JobRow> = query.build_query_as().fetch_all(&self.readers).await?;
        let more = items.len() > page.limit as usize;
        items.truncate(page.limit as usize);
        let next_cursor = items.last().filter(|_| more).map(|last| {
            let (key, id) = (sort.key_of(last), last.id.to_string());
            let keys: Vec<&str> = key.as_deref().into_iter().chain([id.as_str()]).collect();
            encode(sort.name(), &keys)
        });
        Ok(Page { items, next_cursor })
    }

    /// How many jobs the filter keeps.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_jobs(&self, filter: &JobFilter) -> Result<i64, StoreError> {
        if filter.kind != Some(Kind::Experiment) {
            return self.count_of(filter).await;
        }
        // indices have all jobs and those of calibrations, and none has the others
        let (all, calibrations) = (
            JobFilter { kind: None, ..filter.clone() },
            JobFilter { kind: Some(Kind::Calibration), ..filter.clone() },
        );
        Ok(self.count_of(&all).await? - self.count_of(&calibrations).await?)
    }

    async fn count_of(&self, filter: &JobFilter) -> Result<i64, StoreError> {
        let mut query: QueryBuilder<Sqlite> = QueryBuilder::new("select count(*) from jobs where 1");
        push_filter(&mut query, filter);
        push_few(&mut query, self.few_jobs(filter).await?);
        Ok(query.build_query_scalar().fetch_one(&self.readers).await?)
    }

    /// How many jobs are in each state in which there are some.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn jobs_by_state(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let counts =
            sqlx::query_as("select state, count(*) from jobs where deleted_ms is null group by state");
        Ok(counts.fetch_all(&self.readers).await?)
    }

    /// How many trials wait and how many run, of all jobs.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open_trials(&self) -> Result<(i64, i64), StoreError> {
        // the end of time, as the index of ends has it
        let open = sqlx::query_as(
            "select coalesce(sum(queued), 0), coalesce(sum(running), 0) from jobs
             where coalesce(finished_ms, 9223372036854775807) = 9223372036854775807",
        );
        Ok(open.fetch_one(&self.readers).await?)
    }
}

impl Store {
    /// The jobs that may pass a filter of jobs, where they are few.
    async fn few_jobs(&self, filter: &JobFilter) -> Result<Option<Vec<String>>, StoreError> {
        let tags: Vec<String> = filter.tag.iter().cloned().collect();
        let mut parts = Vec::new();
        if !tags.is_empty() {
            parts.push(Part::AnyOf("tag", &tags));
        }
        parts.extend(filter.name.as_deref().map(Part::Name));
        self.few(&parts).await
    }
}

/// Keeps the jobs of a filter, of those that are not deleted.
pub(super) fn push_filter(query: &mut QueryBuilder<Sqlite>, filter: &JobFilter) {
    query.push(" and deleted_ms is null");
    if !filter.states.is_empty() {
        query.push(" and state in (");
        let mut states = query.separated(", ");
        filter.states.iter().for_each(|state| {
            states.push_bind(state.as_str());
        });
        query.push(")");
    }
    if let Some(name) = &filter.name {
        query.push(" and name like ").push_bind(like(name)).push(" escape '\\'");
    }
    if let Some(tag) = &filter.tag {
        query
            .push(" and exists (select 1 from json_each(tags) where value = ")
            .push_bind(tag.clone())
            .push(")");
    }
    match filter.kind {
        Some(Kind::Experiment) => query.push(" and calibration is null"),
        // an index has these alone
        Some(Kind::Calibration) => {
            query.push(" and id in (select id from jobs where calibration is not null)")
        }
        None => query,
    };
    if let Some(moment) = filter.ended_before_ms {
        query.push(" and finished_ms < ").push_bind(moment);
    }
}

/// Keeps these jobs, where it is known that no others pass.
fn push_few(query: &mut QueryBuilder<Sqlite>, few: Option<Vec<String>>) {
    let Some(few) = few else { return };
    query.push(" and id in (");
    let mut list = query.separated(", ");
    for id in few {
        list.push_bind(id);
    }
    query.push(")");
}
