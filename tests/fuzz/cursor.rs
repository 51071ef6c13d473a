//! Cursors of lists, and what filters look for.

use bitgauge::store::{Clock, JobFilter, JobSort, PageRequest, ResultFilter, ResultSort, Store, StoreError};

use super::fuzz;

fn hexadecimal(text: &str) -> Vec<u8> {
    text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes()
}

#[test]
fn no_cursor_is_too_much() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let store = runtime.block_on(Store::open(directory.path(), Clock::system())).unwrap();
    let seeds = ["-created", "created", "name", "-finished", "finished", "-mean", "mean"]
        .into_iter()
        .flat_map(|sort| {
            [format!("1\u{1f}{sort}\u{1f}01a21c81-e970"), format!("1\u{1f}{sort}\u{1f}7\u{1f}x")]
        })
        .map(|text| hexadecimal(&text))
        .collect();
    fuzz("cursor", seeds, |input| {
        let text = String::from_utf8_lossy(input).into_owned();
        let page = PageRequest { limit: 10, cursor: Some(text.clone()), skip: 0 };
        let filter = JobFilter { name: Some(text.clone()), tag: Some(text.clone()), ..JobFilter::default() };
        let mut answers = String::new();
        let mut note = |failed: Option<StoreError>| match failed {
            None => answers.push('1'),
            Some(StoreError::InvalidCursor) => answers.push('0'),
            Some(other) => panic!("{other}"),
        };
        runtime.block_on(async {
            for sort in JobSort::ALL {
                note(store.jobs(&filter, sort, &page).await.err());
            }
            for sort in [ResultSort::JobDesc, ResultSort::JobAsc, ResultSort::ValueDesc, ResultSort::ValueAsc]
            {
                note(store.measurements(&ResultFilter::default(), sort, &page).await.err());
                note(store.capacities(&ResultFilter::default(), sort, &page).await.err());
            }
        });
        answers
    });
    runtime.block_on(store.close()).unwrap();
}
