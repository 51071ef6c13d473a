//! Lists of jobs: filtered, sorted, in pages.

use sqlx::{QueryBuilder, Sqlite};

use super::page::{decode, encode};
use super::{JobRow, Page, PageRequest, Store, StoreError};
use crate::job::JobState;

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Only in this state.
    pub state: Option<JobState>,
    /// Only with this text in the name.
    pub name: Option<String>,
    /// Only with this tag.
    pub tag: Option<String>,
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
}

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
        if let Some(state) = filter.state {
            query.push(" and state = ").push_bind(state.as_str());
        }
        if let Some(name) = &filter.name {
            query.push(" and name like ").push_bind(format!("%{}%", escape_like(name))).push(" escape '\\'");
        }
        if let Some(tag) = &filter.tag {
            query.push(" and exists (select 1 from json_each(tags) where value = ").push_bind(tag).push(")");
        }
        let label = sort.label();
        if let Some(cursor) = &page.cursor {
            match sort {
                JobSort::CreatedDesc => {
                    query.push(" and id < ").push_bind(decode(cursor, label, 1)?.remove(0));
                }
                JobSort::CreatedAsc => {
                    query.push(" and id > ").push_bind(decode(cursor, label, 1)?.remove(0));
                }
                JobSort::NameAsc => {
                    let mut keys = decode(cursor, label, 2)?;
                    let (id, name) = (keys.remove(1), keys.remove(0));
                    query.push(" and (name, id) > (").push_bind(name).push(", ").push_bind(id).push(")");
                }
            }
        }
        query.push(match sort {
            JobSort::CreatedDesc => " order by id desc",
            JobSort::CreatedAsc => " order by id",
            JobSort::NameAsc => " order by name, id",
        });
        // one more than asked for tells whether there is a next page
        query.push(" limit ").push_bind(i64::from(page.limit) + 1);
        let mut items: Vec<JobRow> = query.build_query_as().fetch_all(&self.readers).await?;
        let more = items.len() > page.limit as usize;
        items.truncate(page.limit as usize);
        let next_cursor = items.last().filter(|_| more).map(|last| match sort {
            JobSort::NameAsc => encode(label, &[&last.name, &last.id.to_string()]),
            _ => encode(label, &[&last.id.to_string()]),
        });
        Ok(Page { items, next_cursor })
    }
}

impl JobSort {
    fn label(self) -> &'static str {
        match self {
            Self::CreatedDesc => "-created",
            Self::CreatedAsc => "created",
            Self::NameAsc => "name",
        }
    }
}

/// The text itself, not as a pattern.
fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
