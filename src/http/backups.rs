//! `POST /v1/backup`: writes everything that is stored into one file of the data directory, while the
//! service works. `GET /v1/backups`: which files there are. Clients never name a path.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::extract::{NoParameters, Query};
use super::jobs::view::timestamp;
use super::{Problem, Service};
use crate::api::{BackupList, BackupView};
use crate::store::KeptBackup;

/// Makes a backup.
pub async fn create(
    State(service): State<Service>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<(StatusCode, Json<BackupView>), Problem> {
    let wanted = service.http.free_bytes.saturating_add(service.store.backup_bytes());
    if let Some(free) = service.store.free_bytes().filter(|free| *free < wanted) {
        return Err(Problem::storage_full(free, wanted));
    }
    let (store, keep) = (service.store.clone(), service.http.backups);
    // a task of its own: a client that leaves cannot cut it in half
    let made = tokio::spawn(async move { store.back_up(keep).await });
    let made = made.await.map_err(|_| Problem::internal())??;
    Ok((StatusCode::CREATED, Json(view(made))))
}

/// Lists the backups that are kept.
pub async fn list(
    State(service): State<Service>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<BackupList>, Problem> {
    let items = service.store.backups().await?.into_iter().map(view).collect();
    Ok(Json(BackupList { items }))
}

fn view(backup: KeptBackup) -> BackupView {
    let KeptBackup { name, bytes, sha256, created_ms } = backup;
    BackupView { name, bytes, sha256, created_at: timestamp(created_ms) }
}
