//! Nothing that was acknowledged is lost when the identity server dies.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Result, ensure};
use futures::future::join_all;
use nexus_e2e::person::native_client;
use nexus_e2e::{Database, PATIENCE, Person, World, eventually};

const PEOPLE: usize = 200;

async fn a_crash_during_registrations_loses_none(database: Database) -> Result<()> {
    let mut world = World::start(database).await?;
    let (http, public) = (native_client()?, world.public());
    let people: Vec<_> = (0..PEOPLE).map(|_| Person::new()).collect();
    let acknowledged = AtomicUsize::new(0);

    let registrations = join_all(people.iter().map(|person| async {
        let answer = person.sign_up(&http, &public).await.ok();
        if answer.is_some() {
            acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        answer
    }));
    // The server is killed when some are through and others are under way.
    let killed = async {
        let enough = || async { Ok(acknowledged.load(Ordering::Relaxed)) };
        eventually("some registrations", PATIENCE, enough, |done| *done >= 10).await?;
        tokio::task::block_in_place(|| world.stack.kill_identity());
        anyhow::Ok(())
    };
    let (answers, killed) = tokio::join!(registrations, killed);
    killed?;
    let answered = answers.iter().flatten().count();
    ensure!(answered < PEOPLE, "all {PEOPLE} were answered before the server was killed");

    world.restart_identity()?;
    for (person, before) in people.iter().zip(&answers) {
        if let Some(before) = before {
            let after = person.sign_in(&http, &public).await;
            let after =
                after.map_err(|error| error.context(format!("{} was acknowledged and is gone", person.email)))?;
            ensure!(after.identity == before.identity, "{} has become somebody else", person.email);
        }
    }
    xtask::console::line(&format!(
        "{answered} of {PEOPLE} registrations were answered before the crash; all are there"
    ));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the whole stack: cargo xtask test"]
async fn a_killed_server_has_lost_no_acknowledged_registration_on_sqlite() -> Result<()> {
    a_crash_during_registrations_loses_none(Database::Sqlite).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the whole stack: cargo xtask test"]
async fn a_killed_server_has_lost_no_acknowledged_registration_on_postgresql() -> Result<()> {
    a_crash_during_registrations_loses_none(Database::Postgres).await
}
