//! `POST /v1/backup` and `GET /v1/backups`.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::harness::{Server, small_job};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_whole_named_by_its_time_and_the_newest_are_kept() {
    let server = Server::idle().await;
    let job = server.submit(&small_job()).await;
    assert_eq!(server.get("/v1/backups").await.json(), json!({"items": []}));
    let mut names = Vec::new();
    for _ in 0..5 {
        let answer = server.post("/v1/backup", &json!({})).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        names.push(answer.json()["name"].as_str().unwrap().to_owned());
    }
    assert!(names.is_sorted() && names[0].starts_with("backup-20"), "{names:?}");
    let listed = server.get("/v1/backups").await.json();
    let listed = listed["items"].as_array().unwrap();
    let kept: Vec<&str> = listed.iter().map(|backup| backup["name"].as_str().unwrap()).collect();
    assert_eq!(kept, [&*names[4], &*names[3], &*names[2]]);

    let directory = server.stop().await;
    let folder = directory.path().join("backups");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 6, "three backups and their digests");
    let file = folder.join(kept[0]);
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(listed[0]["bytes"], bytes.len());
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(listed[0]["sha256"], digest);
    // it comes back
    let other = tempfile::tempdir().unwrap();
    bitgauge::store::restore(&file, other.path(), false).await.unwrap();
    let server = Server::on(other, 0, bitgauge::http::Access::default()).await;
    assert_eq!(server.get(&job).await.json()["state"], "queued");
    server.stop().await;
}
