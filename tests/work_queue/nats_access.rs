//! Who may come in: nkeys, and JWTs with the files that NATS calls credentials, on a real server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bitgauge::nats::{Access, Connection, Endpoint, Gateway, Identity, NatsQueue, Options, Role};
use bitgauge::work::{Completed, WorkQueue};
use data_encoding::BASE64URL_NOPAD;
use nkeys::KeyPair;
use serde_json::{Value, json};

use super::contract::Bench;
use super::nats::sign;
use super::nats_server::NatsServer;
use super::store::Stored;
use super::{job, reported};

async fn open(server: &NatsServer, access: Access, role: Role) -> Connection {
    let endpoint = Endpoint::new(&server.url(), access).unwrap();
    Connection::open(&endpoint, "one of us", role).await.unwrap()
}

/// A trial goes from a service to a worker and its result back; a stranger is not let in meanwhile.
async fn a_trial_goes_round(server: &NatsServer, service: Access, worker: Access, stranger: Access) {
    let stored = Stored::new().await;
    stored.add(1, &job(1), 1).await;
    let outside = open(server, stranger, Role::Worker).await;
    let _gateway =
        Gateway::start(stored.queue(), open(server, service, Role::Service).await, &[], Options::default());
    let identity = Identity { worker: "worker".into() };
    let queue = NatsQueue::open(open(server, worker, Role::Worker).await, identity).await.unwrap();
    let deadline = tokio::time::Instant::now() + Duration::from_mins(1);
    let claimed = loop {
        assert!(tokio::time::Instant::now() < deadline, "no trial comes");
        let _ = queue.introduce(&sign("worker", 1)).await; // the gateway may not be there yet
        if let Some(claimed) = queue.claim("worker", Duration::from_secs(30), u64::MAX).await.unwrap() {
            break claimed;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(queue.complete(claimed.lease, reported(1.0)).await.unwrap(), Completed::Stored);
    assert!(!outside.is_up());
}

fn kept(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn nkeys_open_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let [service, worker, stranger] = [(); 3].map(|()| KeyPair::new_user());
    let users = format!("{{nkey: {}}}, {{nkey: {}}}", service.public_key(), worker.public_key());
    let server = NatsServer::with(&format!("authorization {{ users = [{users}] }}"));
    let access = |name, pair: &KeyPair| Access {
        nkey: Some(kept(folder.path(), name, &pair.seed().unwrap())),
        ..Access::default()
    };
    let stranger = access("stranger", &stranger);
    a_trial_goes_round(&server, access("service", &service), access("worker", &worker), stranger).await;
}

/// A JWT in the form of NATS: who issues it says something of a subject, and signs it.
fn jwt(issuer: &KeyPair, subject: &KeyPair, claims: &Value) -> String {
    let header = json!({"typ": "JWT", "alg": "ed25519-nkey"});
    let body = json!({
        "jti": subject.public_key(), "iat": 1_700_000_000, "iss": issuer.public_key(),
        "name": "of a test", "sub": subject.public_key(), "nats": claims,
    });
    let encoded = |part: &Value| BASE64URL_NOPAD.encode(part.to_string().as_bytes());
    let text = format!("{}.{}", encoded(&header), encoded(&body));
    let signature = issuer.sign(text.as_bytes()).unwrap();
    format!("{text}.{}", BASE64URL_NOPAD.encode(&signature))
}

fn of_account(operator: &KeyPair, account: &KeyPair, has_streams: bool) -> String {
    let most = if has_streams { -1 } else { 0 };
    let limits = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1, "leaf": -1,
        "mem_storage": most, "disk_storage": most, "streams": most, "consumer": most,
    });
    jwt(operator, account, &json!({"type": "account", "version": 2, "limits": limits}))
}

fn credentials(account: &KeyPair) -> String {
    let user = KeyPair::new_user();
    let claims = json!({"type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1});
    let (jwt, seed) = (jwt(account, &user, &claims), user.seed().unwrap());
    format!(
        "-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_open_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let operator = KeyPair::new_operator();
    let [account, system, other] = [(); 3].map(|()| KeyPair::new_account());
    let server = NatsServer::with(&format!(
        "operator: {}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload: {{ {}: {}, {}: {} }}\n",
        jwt(&operator, &operator, &json!({"type": "operator", "version": 2})),
        system.public_key(),
        system.public_key(),
        of_account(&operator, &system, false),
        account.public_key(),
        of_account(&operator, &account, true),
    ));
    let access = |name, account| Access {
        credentials: Some(kept(folder.path(), name, &credentials(account))),
        ..Access::default()
    };
    let stranger = access("stranger.creds", &other);
    a_trial_goes_round(
        &server,
        access("service.creds", &account),
        access("worker.creds", &account),
        stranger,
    )
    .await;
}
