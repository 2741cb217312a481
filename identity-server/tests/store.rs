//! What the store promises when many ask at once, on SQLite and, where `NEXUS_TEST_POSTGRES` names a server, on
//! PostgreSQL.

use identity_api::flow::FlowType;
use identity_api::{Timestamp, UiContainer};
use nexus_identity::crypto::Sealer;
use nexus_identity::model::{Flow, FlowKind, FlowState};
use nexus_identity::store::{Change, Dsn, Store, StoreError};
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

async fn parallel_tries_cannot_exceed_the_limit(dsn: &str) {
    let dsn = Dsn::parse(dsn).expect("a DSN");
    Store::migrate(&dsn).await.expect("migrated");
    let store = Store::open(&dsn, Sealer::new(&["a secret of the test"])).await.expect("open");
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

#[tokio::test(flavor = "multi_thread")]
async fn requirement_13_twenty_parallel_tries_of_a_code_count_five_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    parallel_tries_cannot_exceed_the_limit(&format!("sqlite://{}/db.sqlite", folder.path().display())).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a PostgreSQL server: cargo xtask test"]
async fn requirement_13_twenty_parallel_tries_of_a_code_count_five_on_postgresql() {
    let server = std::env::var("NEXUS_TEST_POSTGRES").expect("NEXUS_TEST_POSTGRES names a server");
    parallel_tries_cannot_exceed_the_limit(&server).await;
}
