//! `GET /v1/jobs`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Server, pairs, small_job};

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_sorted_and_paged() {
    let server = Server::idle().await;
    for (name, tag) in [("beta", "x"), ("alpha", "y"), ("gamma 100%", "x"), ("delta", "z")] {
        let mut spec = small_job();
        spec["name"] = json!(name);
        spec["tags"] = json!([tag]);
        server.submit(&spec).await;
    }
    let names = |list: &Value| -> Vec<String> {
        list["items"].as_array().unwrap().iter().map(|job| job["name"].as_str().unwrap().to_owned()).collect()
    };
    let list = async |query: &[(&'static str, &'static str)]| {
        let answer = server.send(server.request(Method::GET, "/v1/jobs").query(&pairs(query))).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    };
    assert_eq!(names(&list(&[]).await), ["delta", "gamma 100%", "alpha", "beta"]);
    assert_eq!(names(&list(&[("sort", "created")]).await), ["beta", "alpha", "gamma 100%", "delta"]);
    assert_eq!(names(&list(&[("tag", "x"), ("sort", "name")]).await), ["beta", "gamma 100%"]);
    assert_eq!(names(&list(&[("name", "0%")]).await), ["gamma 100%"]);
    assert_eq!(names(&list(&[("state", "running")]).await), Vec::<String>::new());
    assert_eq!(list(&[("state", "running,queued")]).await["items"].as_array().unwrap().len(), 4);
    let counted = list(&[("count", "true"), ("tag", "x"), ("limit", "1")]).await;
    assert_eq!((&counted["total"], counted["items"].as_array().unwrap().len()), (&json!(2), 1));
    assert!(list(&[]).await.get("total").is_none());
    // a place in the list, whatever the order
    assert_eq!(names(&list(&[("offset", "1"), ("limit", "2")]).await), ["gamma 100%", "alpha"]);
    assert_eq!(names(&list(&[("offset", "3"), ("sort", "name")]).await), ["gamma 100%"]);
    assert_eq!(names(&list(&[("offset", "4")]).await), Vec::<String>::new());
    let wrong = server.get("/v1/jobs?offset=-1").await;
    assert_eq!((wrong.status.as_u16(), &wrong.json()["errors"][0]["pointer"]), (400, &json!("/offset")));
    // the second and the third end, in this order: those that have not ended count as ending last
    for name in ["alpha", "gamma"] {
        let id = list(&[("name", name)]).await["items"][0]["id"].as_str().unwrap().to_owned();
        server.send(server.request(Method::POST, &format!("/v1/jobs/{id}/cancel"))).await;
        let ended = server.get(&format!("/v1/jobs/{id}")).await.json()["finished_at"].clone();
        // the next one ends in a later millisecond
        let ended: jiff::Timestamp = ended.as_str().unwrap().parse().unwrap();
        while jiff::Timestamp::now().as_millisecond() <= ended.as_millisecond() {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(names(&list(&[("sort", "finished")]).await), ["alpha", "gamma 100%", "beta", "delta"]);
    assert_eq!(names(&list(&[("sort", "-finished")]).await), ["delta", "beta", "gamma 100%", "alpha"]);
    assert_eq!(names(&list(&[("state", "cancelled"), ("sort", "-finished")]).await), ["gamma 100%", "alpha"]);
    // every job once, whatever the page size
    for sort in ["-created", "created", "name", "-finished", "finished"] {
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut query = vec![("sort", sort.to_owned()), ("limit", "3".to_owned())];
            query.extend(cursor.map(|cursor| ("cursor", cursor)));
            let page = server.send(server.request(Method::GET, "/v1/jobs").query(&query)).await.json();
            all.extend(names(&page));
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(all, names(&list(&[("sort", sort)]).await), "{sort}");
    }
    for (name, value) in [
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "x"),
        ("sort", "up"),
        ("state", "done"),
        ("cursor", "zz"),
        ("page", "2"),
    ] {
        let answer = server.send(server.request(Method::GET, "/v1/jobs").query(&[(name, value)])).await;
        assert_eq!(
            (answer.status.as_u16(), answer.problem().as_str()),
            (400, "invalid-parameter"),
            "{name}={value}"
        );
        assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 1);
    }
}
