//! What the store promises when many ask at once, on SQLite and, where `NEXUS_TEST_POSTGRES` names a server, on
//! PostgreSQL.

use identity_api::flow::FlowType;
use identity_api::{Timestamp, UiContainer};
use nexus_identity::crypto::Sealer;
use nexus_identity::model::{Flow, FlowKind, FlowState};
use nexus_identity::store::{Change, Dsn, Store, StoreError, Try};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::time::Duration;
use uuid::Uuid;

fn flow(id: Uuid) -> Flow {
    Flow {
        id,
        kind: FlowKind::Verification,
        flow_type: FlowType::Api,
        issued_at: Timestamp::UNIX_EPOCH,
        expires_at: Timestamp::UNIX_EPOCH + Duration::from_secs(600),
        updated_at: Timestamp::UNIX_EPOCH,
        request_url: String::new(),
        return_to: None,
        active: None,
        state: FlowState::SentEmail,
        ui: UiContainer::default(),
        organization_id: None,
        identity_schema: None,
        refresh: false,
        requested_aal: "aal1".into(),
        transient_payload: None,
        identity_id: None,
        session_id: None,
        csrf_token: String::new(),
        skip_csrf_check: false,
        internal: serde_json::Value::Null,
    }
}

async fn opened(dsn: &str) -> Store {
    let dsn = Dsn::parse(dsn).expect("a DSN");
    Store::migrate(&dsn).await.expect("migrated");
    Store::open(&dsn, Sealer::new(&["a secret of the test"])).await.expect("open")
}

/// The DSN of a new database file in `folder`.
fn sqlite(folder: &tempfile::TempDir) -> String {
    format!("sqlite://{}/db.sqlite", folder.path().display())
}

fn postgresql() -> String {
    std::env::var("NEXUS_TEST_POSTGRES").expect("NEXUS_TEST_POSTGRES names a server")
}

async fn parallel_tries_cannot_exceed_the_limit(dsn: &str) {
    let store = opened(dsn).await;
    let flow_id = nexus_identity::crypto::token::uuid(&mut StdRng::from_os_rng());
    store.commit(vec![Change::PutFlow(flow(flow_id))]).await.expect("a flow");

    let tries = (0..20).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.commit(vec![Change::CountTry { flow_id, limit: 5 }]).await })
    });
    let mut counted = 0;
    for outcome in futures_util::future::join_all(tries).await {
        match outcome.expect("no panic") {
            Ok(()) => counted += 1,
            Err(StoreError::Stale) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(counted, 5);
}

/// Two transactions that take the same rows in opposite order are a deadlock to PostgreSQL, which undoes one of them.
async fn transactions_in_each_others_way_are_all_made(dsn: &str) {
    let store = opened(dsn).await;
    let run = nexus_identity::crypto::token::uuid(&mut StdRng::from_os_rng());
    let tried = |key: &str| {
        let day = Duration::from_secs(86_400);
        let (now, interval) = (Timestamp::UNIX_EPOCH + day, Duration::from_secs(1));
        Change::CountAttempt(Try { key: format!("{run}:{key}"), now, interval, window: day, pause: None })
    };
    // So many that the second transaction begins before the first has ended, also when it must wait for a connection.
    let keys: Vec<String> = (0..200).map(|number| number.to_string()).collect();
    let forwards: Vec<Change> = keys.iter().map(|key| tried(key)).collect();
    let backwards: Vec<Change> = keys.iter().rev().map(|key| tried(key)).collect();
    let commits = [forwards, backwards].map(|changes| {
        let store = store.clone();
        tokio::spawn(async move { store.commit(changes).await })
    });
    for outcome in futures_util::future::join_all(commits).await {
        outcome.expect("no panic").expect("committed");
    }
    for key in ["0", "199"] {
        let Change::CountAttempt(mut tried) = tried(key) else { panic!("a try") };
        // As strict as to allow one try in all: the wait tells how many were counted.
        tried.window = tried.interval;
        assert_eq!(store.wait_for_try(&tried).await.expect("a wait"), 2 * tried.interval);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requirement_13_twenty_parallel_tries_of_a_code_count_five_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    parallel_tries_cannot_exceed_the_limit(&sqlite(&folder)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a PostgreSQL server: cargo xtask test"]
async fn requirement_13_twenty_parallel_tries_of_a_code_count_five_on_postgresql() {
    parallel_tries_cannot_exceed_the_limit(&postgresql()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_in_each_others_way_are_all_made_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    transactions_in_each_others_way_are_all_made(&sqlite(&folder)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a PostgreSQL server: cargo xtask test"]
async fn transactions_in_each_others_way_are_all_made_on_postgresql() {
    transactions_in_each_others_way_are_all_made(&postgresql()).await;
}
