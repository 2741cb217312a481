//! The commands that operators run beside the server.

mod support;

use serde_json::{Value, json};
use std::process::Output;
use support::{Database, World};

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn good(output: &Output) -> String {
    assert!(output.status.success(), "{}{}", stdout(output), stderr(output));
    stdout(output)
}

fn bad(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", stdout(output));
    stderr(output)
}

impl World {
    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    async fn count(&self) -> usize {
        let (_, list) = self.get(self.admin("/admin/identities?page_size=500")).await;
        list.as_array().expect("a list").len()
    }
}

fn lines(count: usize) -> String {
    (0..count).map(|n| format!("{}\n", json!({ "traits": { "email": format!("p{n}@nexus.example") } }))).collect()
}

on_both! {
    async fn identities_are_imported_listed_shown_and_deleted(database) {
        let world = World::serving(database, "").await;
        world.write("people.jsonl", &lines(25));
        let told = good(&world.run(&["identities", "import", &world.text("people.jsonl"), "--batch-size", "10"]));
        assert!(told.contains("25 imported, 0 refused"), "{told}");
        assert!(!world.path("people.jsonl.progress").exists());
        let list = good(&world.run(&["identities", "list", "--all", "--page-size", "10", "--format", "json"]));
        let list: Value = serde_json::from_str(&list).expect("JSON");
        assert_eq!(list["identities"].as_array().map(Vec::len), Some(25));
        let found = good(&world.run(&["list", "identities", "--search", "p7 state:active", "--format", "json"]));
        let found: Value = serde_json::from_str(&found).expect("JSON");
        let id = found["identities"][0]["id"].as_str().expect("one is found").to_owned();
        assert!(good(&world.run(&["identities", "list"])).contains("p7@nexus.example"));
        let page = good(&world.run(&["identities", "list", "--page-size", "20", "--format", "json"]));
        let page: Value = serde_json::from_str(&page).expect("JSON");
        let token = page["next_page_token"].as_str().expect("a token");
        let rest = good(&world.run(&["identities", "list", "--page-size", "20", "--page-token", token, "--format", "json"]));
        assert_eq!(serde_json::from_str::<Value>(&rest).expect("JSON")["identities"].as_array().map(Vec::len), Some(5));
        assert!(good(&world.run(&["get", "identity", &id, "--format", "json-pretty"])).contains("p7@nexus.example"));
        assert_eq!(good(&world.run(&["delete", "identity", &id])).trim(), id);
        let again = bad(&world.run(&["identities", "delete", &id]));
        assert!(again.contains(&id) && again.contains("no such identity"), "{again}");
        assert!(bad(&world.run(&["identities", "get", &id])).contains("404"));
    }

    async fn what_an_import_cannot_take_is_told_and_kept_to_be_mended(database) {
        let world = World::serving(database, "").await;
        let list = json!([
            { "traits": { "email": "a@nexus.example" } },
            { "traits": { "email": "nonsense" } },
            { "traits": { "email": "a@nexus.example" } },
            { "create": { "traits": { "email": "b@nexus.example" }, "credentials": { "password": { "config": { "hashed_password": "$no$hash" } } } } },
            { "traits": { "email": "c@nexus.example" }, "shoe": 42 },
            { "traits": { "email": "d@nexus.example" } },
        ]);
        world.write("people.json", &list.to_string());
        let output = world.run(&["import", "identities", &world.text("people.json")]);
        let told = bad(&output);
        for place in ["people.json[1]", "people.json[2]", "people.json[3]", "people.json[4]"] {
            assert!(told.contains(place), "{place} in {told}");
        }
        assert_eq!(world.count().await, 2, "the others are there");
        let failed = std::fs::read_to_string(world.path("people.json.failed.jsonl")).expect("a file");
        assert_eq!(failed.lines().count(), 4);
        let mended = failed.replace("nonsense", "e@nexus.example").replace("$no$hash", "$md5$tboTl7mwEDrTBFPyf//xCw==");
        let mended: String = mended.lines().filter(|line| !line.contains("shoe") && !line.contains("[2]")).map(|line| format!("{line}\n")).collect();
        world.write("mended.jsonl", &mended);
        good(&world.run(&["import", "identities", &world.text("mended.jsonl")]));
        assert_eq!(world.count().await, 4);
        world.write("broken.jsonl", "{\"traits\":{}}\n{ not json\n");
        assert!(bad(&world.run(&["identities", "import", &world.text("broken.jsonl")])).contains("broken.jsonl:2"));
        assert!(bad(&world.run(&["identities", "import", &world.text("nothing.json")])).contains("nothing.json"));
    }

    async fn an_interrupted_import_goes_on_where_it_was(database) {
        let mut world = World::new(database, "").await;
        let server = world.start().await;
        world.write("people.jsonl", &lines(40));
        // What an import of the first thirty leaves behind when it is killed before it has noted the last ten.
        world.write("first.jsonl", &lines(30));
        good(&world.run(&["identities", "import", &world.text("first.jsonl")]));
        world.kill(server);
        let failed = bad(&world.run(&["identities", "import", &world.text("people.jsonl")]));
        assert!(failed.contains("is the server running"), "{failed}");
        world.start().await;
        let content = {
            use sha2::Digest as _;
            let mut hash = sha2::Sha256::new();
            for line in lines(40).lines() {
                hash.update(line);
                hash.update([0]);
            }
            hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        world.write("people.jsonl.progress", &json!({ "content": content, "done": 20 }).to_string());
        let told = good(&world.run(&["identities", "import", &world.text("people.jsonl"), "--batch-size", "10"]));
        assert!(told.contains("10 imported, 0 refused, 30 were there"), "{told}");
        assert_eq!(world.count().await, 40);
    }

    async fn the_users_of_a_django_project_move_in_with_their_passwords(database) {
        let world = World::serving(database, "").await;
        let user = |pk: u32, email: &str, password: &str, active: bool| json!({ "model": "auth.user", "pk": pk, "fields": {
            "username": format!("user{pk}"), "email": email, "password": password, "is_active": active, "first_name": "Ada",
            "last_name": "L", "is_staff": pk == 1, "is_superuser": false, "date_joined": "2020-01-02T03:04:05Z", "groups": [3],
        } });
        let hash = "pbkdf2_sha256$260000$seasalt2$KGAjABcBE+rbFl32qHeAyYLYCIZP5DGFJGK7sVymKjY=";
        let dump = json!([
            { "model": "auth.group", "pk": 3, "fields": { "name": "editors" } },
            user(1, "ada@nexus.example", hash, true),
            user(2, "eve@nexus.example", "!unusable", true),
            user(3, "old@nexus.example", hash, false),
        ]);
        world.write("dump.json", &dump.to_string());
        let file = world.text("dump.json");
        let dry = good(&world.run(&["import", "django", &file, "--dry-run"]));
        assert_eq!(dry.lines().count(), 3);
        assert_eq!(world.count().await, 0);
        good(&world.run(&["import", "django", &file, "--verified", "--trait", "name=first_name"]));
        let (status, session) = world.sign_in("ada@nexus.example", "Kupfer-Ahorn-42").await;
        assert_eq!(status, 200, "{session}");
        assert_eq!(session["session"]["identity"]["traits"]["name"], "Ada");
        assert_eq!(session["session"]["identity"]["verifiable_addresses"][0]["verified"], true);
        assert_eq!(world.sign_in("old@nexus.example", "Kupfer-Ahorn-42").await.0, 400, "inactive stays inactive");
        let (_, eve) = world.get(world.admin("/admin/identities?credentials_identifier=eve@nexus.example&include_credential=password")).await;
        assert_eq!(eve[0]["credentials"]["password"]["config"], json!({}), "an unusable password is none");
        assert_eq!(eve[0]["metadata_admin"]["django"]["pk"], 2);
        assert_eq!(eve[0]["metadata_admin"]["django"]["fields"]["groups"], json!([3]));
        world.write("none.json", r#"[{"model":"auth.group","pk":1,"fields":{"name":"x"}}]"#);
        assert!(bad(&world.run(&["import", "django", &world.text("none.json")])).contains("auth.group"));
        let wrong = bad(&world.run(&["import", "django", &file, "--trait", "shoe=first_name"]));
        assert!(wrong.contains("no trait shoe"), "{wrong}");
    }

    async fn a_clean_up_removes_what_has_run_out_and_nothing_else(database) {
        let brief = "session: { lifespan: 1s }\nselfservice: { flows: { login: { lifespan: 1s } } }\n";
        let world = World::serving(database, brief).await;
        world.register("ada@nexus.example", "a password of Ada").await;
        for _ in 0..7 {
            assert_eq!(world.get(world.public("/self-service/login/api")).await.0, 200);
        }
        let removed = async |what: &str| {
            let told = good(&world.run(&["cleanup", "sql", "--batch-size", "3"]));
            let line = told.lines().find(|line| line.starts_with(what)).expect("a line").to_owned();
            line.split_whitespace().rev().nth(1).expect("a number").parse::<u32>().expect("a number")
        };
        let kept = good(&world.run(&["cleanup", "--keep-last", "24h"]));
        assert!(kept.lines().all(|line| line.ends_with(": 0 removed")), "{kept}");
        let mut flows = 0;
        while flows < 7 {
            flows += removed("flows").await;
        }
        assert_eq!(flows, 7, "the flow of the registration is not over yet");
        assert_eq!(world.count().await, 1);
        assert_eq!(world.get(world.admin("/admin/sessions")).await.1, json!([]), "the session had run out");
    }

    async fn migrations_are_shown_taken_back_and_applied_again(database) {
        let world = World::new(database, "").await;
        good(&world.run(&["migrate", "sql", "up", "--yes"]));
        let status = good(&world.run(&["migrate", "status"]));
        assert!(status.lines().count() > 3 && status.lines().all(|line| line.contains("applied")), "{status}");
        assert!(bad(&world.run(&["migrate", "down", "--to", "1"])).contains("--yes"));
        good(&world.run(&["migrate", "down", "--to", "1", "--yes"]));
        let status = good(&world.run(&["migrate", "sql", "status"]));
        assert_eq!(status.lines().filter(|line| line.contains("applied")).count(), 1, "{status}");
        good(&world.run(&["migrate", "down", "--yes"]));
        good(&world.run(&["migrate", "--yes"]));
        assert!(good(&world.run(&["migrate", "up"])).contains("up to date"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_made_while_the_server_writes_and_put_back_when_it_has_stopped() {
    let mut world = World::new(Database::Sqlite, "").await;
    let server = world.start().await;
    world.write("people.jsonl", &lines(10));
    good(&world.run(&["identities", "import", &world.text("people.jsonl")]));
    let copy = world.text("copy.sqlite");
    good(&world.run(&["backup", &copy]));
    assert!(bad(&world.run(&["backup", &copy])).contains("exists"));
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&copy).expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "nobody else may read it");
    }
    world.write("more.jsonl", "{\"traits\":{\"email\":\"later@nexus.example\"}}\n");
    good(&world.run(&["identities", "import", &world.text("more.jsonl")]));
    assert!(bad(&world.run(&["restore", &copy, "--yes"])).contains("stop the server"));
    world.kill(server);
    assert!(bad(&world.run(&["restore", &copy])).contains("--yes"));
    world.write("rubbish.sqlite", "this is no database");
    assert!(bad(&world.run(&["restore", &world.text("rubbish.sqlite"), "--yes"])).contains("no whole backup"));
    good(&world.run(&["restore", &copy, "--yes"]));
    assert!(world.path("identity.sqlite.before-restore").exists());
    world.start().await;
    assert_eq!(world.count().await, 10, "as it was when the copy was made");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a PostgreSQL server: cargo xtask test"]
async fn for_postgresql_the_commands_of_its_own_tools_are_named() {
    let world = World::new(Database::Postgres, "").await;
    assert!(bad(&world.run(&["backup", &world.text("copy")])).contains("pg_dump --format=custom"));
    assert!(bad(&world.run(&["restore", &world.text("copy")])).contains("pg_restore --clean"));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_checked_without_a_server() {
    let world = World::new(Database::Sqlite, "").await;
    world.write("good.json", &json!({ "traits": { "email": "ada@nexus.example" } }).to_string());
    assert!(good(&world.run(&["identities", "validate", &world.text("good.json")])).contains("1 identities are valid"));
    let wrong = json!([
        { "traits": { "email": "nonsense" } },
        { "traits": { "email": "a@nexus.example" }, "schema_id": "none" },
        { "traits": { "email": "a@nexus.example" }, "shoe": 1 },
        { "traits": { "email": "a@nexus.example" }, "state": "asleep" },
        { "traits": { "email": "a@nexus.example" }, "credentials": { "password": { "config": { "hashed_password": "$x$y" } } } },
    ]);
    world.write("wrong.json", &wrong.to_string());
    let told = bad(&world.run(&["validate", "identity", &world.text("wrong.json")]));
    for n in 0..5 {
        assert!(told.contains(&format!("wrong.json[{n}]: ")), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hashes_made_by_hand_are_accepted_and_parameters_are_found() {
    let world = World::serving(Database::Sqlite, "").await;
    let hash = good(&world.run(&["hashers", "argon2", "hash", "a password of Ada"]));
    assert!(hash.starts_with("$argon2id$v=19$m="), "{hash}");
    let credentials = json!({ "password": { "config": { "hashed_password": hash.trim() } } });
    let body = json!({ "traits": { "email": "ada@nexus.example" }, "credentials": credentials });
    assert_eq!(world.send(world.http.post(world.admin("/admin/identities")).json(&body)).await.0, 201);
    assert_eq!(world.sign_in("ada@nexus.example", "a password of Ada").await.0, 200);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_nexus-identity"))
        .args(["hashers", "argon2", "calibrate", "1h", "--max-memory", "19"])
        .args(["--min-memory", "20"])
        .output()
        .expect("the command runs");
    assert!(bad(&output).contains("least memory"));
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_nexus-identity"))
        .args(["hashers", "argon2", "calibrate", "1ns"])
        .output()
        .expect("the command runs");
    assert!(bad(&output).contains("not safe"), "a weaker hash than OWASP's least is not proposed");
}
