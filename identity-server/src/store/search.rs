//! Finding identities: the words of their traits, and the statements that filter and page.
//!
//! Words are kept in a table of their own in lower case, so that "begins with" is a range of an index on both
//! databases; no extension of either is needed.

use super::StoreError;
use super::apply::run;
use super::codec::{Columns as _, micros};
use crate::model::{CredentialKind, Identity};
use identity_api::{IdentityState, Timestamp};
use serde_json::Value;
use sqlx::{AnyConnection, query};
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization as _;
use uuid::Uuid;

/// The most words that one identity is found by; what follows is not indexed.
const MOST_TERMS: usize = 200;
/// The longest word, in characters; longer ones are cut.
const LONGEST_TERM: usize = 64;

/// Which identities.
#[derive(Clone, Debug, Default)]
pub enum IdentityFilter {
    /// All of them.
    #[default]
    All,
    /// Those of these ids.
    Ids(Vec<Uuid>),
    /// The one with this identifier, as typed.
    Identifier(String),
    /// Those with an identifier that has this text in it.
    Similar(String),
    /// Those of an organisation.
    Organization(Uuid),
    /// Those that a search finds.
    Search(Search),
}

/// What a search asks for: all of it must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Beginnings of words in the traits.
    pub words: Vec<String>,
    /// The state.
    pub state: Option<IdentityState>,
    /// Whether an address is proven.
    pub verified: Option<bool>,
    /// The schema.
    pub schema_id: Option<String>,
    /// Made at this moment or later.
    pub created_from: Option<Timestamp>,
    /// Made before this moment.
    pub created_before: Option<Timestamp>,
}

/// Where a page of a search begins: after this identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchPosition {
    /// When it was made, in microseconds of the epoch.
    pub created_at: i64,
    /// Its id.
    pub id: Uuid,
}

/// The words that `text` is searched for, in the form of the index.
#[must_use]
pub fn words_of(text: &str) -> Vec<String> {
    text.split_whitespace().map(folded).filter(|word| !word.is_empty()).collect()
}

fn folded(word: &str) -> String {
    let lower: String = word.nfkc().collect::<String>().to_lowercase();
    lower.chars().take(LONGEST_TERM).collect()
}

/// The words that an identity is found by: each text and number of its traits and its external id, whole where it
/// has no blanks, and taken apart at whatever is neither letter nor digit.
pub(super) fn terms(identity: &Identity) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(&identity.traits, &mut found);
    if let Some(id) = &identity.external_id {
        add(id, &mut found);
    }
    found
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => add(text, found),
        Value::Number(number) => add(&number.to_string(), found),
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(map) => map.values().for_each(|item| collect(item, found)),
        Value::Null | Value::Bool(_) => {}
    }
}

fn add(text: &str, found: &mut BTreeSet<String>) {
    for word in words_of(text) {
        let parts = word.split(|character: char| !character.is_alphanumeric()).filter(|part| !part.is_empty());
        let parts: Vec<String> = parts.map(str::to_owned).collect();
        for term in parts.into_iter().chain([word]) {
            if found.len() < MOST_TERMS {
                found.insert(term);
            }
        }
    }
}

/// Writes the words of an identity; `known` says that there may be some already.
pub(super) async fn index(connection: &mut AnyConnection, identity: &Identity, known: bool) -> Result<(), StoreError> {
    let id = identity.id.to_string();
    let wanted = terms(identity);
    let mut there = BTreeSet::new();
    if known {
        let rows = query("SELECT term FROM identity_search_terms WHERE identity_id = $1").bind(id.clone());
        for row in rows.fetch_all(&mut *connection).await? {
            there.insert(row.text("term")?);
        }
    }
    for term in there.difference(&wanted) {
        let sql = "DELETE FROM identity_search_terms WHERE identity_id = $1 AND term = $2";
        run(connection, query(sql).bind(id.clone()).bind(term.clone())).await?;
    }
    for term in wanted.difference(&there) {
        let sql = "INSERT INTO identity_search_terms (term, identity_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        run(connection, query(sql).bind(term.clone()).bind(id.clone())).await?;
    }
    Ok(())
}

/// A value of a statement.
#[derive(Clone, Debug)]
pub(super) enum Bound {
    Text(String),
    Number(i64),
}

/// A condition under construction: the text of `WHERE` and what is bound to it.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) sql: String,
    pub(super) bound: Vec<Bound>,
}

impl Condition {
    /// Holds for every row.
    pub(super) fn new() -> Self {
        Self { sql: "1 = 1".into(), bound: Vec::new() }
    }

    pub(super) fn of(filter: &IdentityFilter) -> Self {
        let mut condition = Self::new();
        match filter {
            IdentityFilter::All => {}
            IdentityFilter::Ids(ids) => {
                let places: Vec<String> = ids.iter().map(|id| condition.text(id.to_string())).collect();
                let list = if places.is_empty() { "NULL".into() } else { places.join(", ") };
                condition.and(&format!("i.id IN ({list})"));
            }
            IdentityFilter::Identifier(typed) => {
                // Naming every type lets both databases use the index, whose first column it is.
                let normalised = condition.text(crate::schema::normalise_identifier(typed));
                let typed = condition.text(typed.clone());
                condition.and(&format!(
                    "i.id IN (SELECT identity_id FROM identity_credential_identifiers WHERE type IN ({}) \
                     AND identifier IN ({normalised}, {typed}))",
                    kinds()
                ));
            }
            IdentityFilter::Similar(text) => {
                let folded = crate::schema::normalise_identifier(text);
                let escaped = folded.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
                let pattern = condition.text(format!("%{escaped}%"));
                condition.and(&format!(
                    "i.id IN (SELECT identity_id FROM identity_credential_identifiers \
                     WHERE LOWER(identifier) LIKE {pattern} ESCAPE '\\')"
                ));
            }
            IdentityFilter::Organization(id) => {
                let place = condition.text(id.to_string());
                condition.and(&format!("i.organization_id = {place}"));
            }
            IdentityFilter::Search(search) => condition.search(search),
        }
        condition
    }

    fn search(&mut self, search: &Search) {
        for word in &search.words {
            let from = self.text(word.clone());
            // Nothing that begins with the word comes after the word and the last character that there is.
            let to = self.text(format!("{word}\u{10FFFF}"));
            self.and(&format!(
                "i.id IN (SELECT identity_id FROM identity_search_terms WHERE term >= {from} AND term < {to})"
            ));
        }
        if let Some(state) = search.state {
            let place = self.text(state.as_str().into());
            self.and(&format!("i.state = {place}"));
        }
        if let Some(verified) = search.verified {
            let place = self.number(i64::from(verified));
            self.and(&format!("i.verified = {place}"));
        }
        if let Some(schema) = &search.schema_id {
            let place = self.text(schema.clone());
            self.and(&format!("i.schema_id = {place}"));
        }
        if let Some(from) = search.created_from {
            let place = self.number(micros(from));
            self.and(&format!("i.created_at >= {place}"));
        }
        if let Some(before) = search.created_before {
            let place = self.number(micros(before));
            self.and(&format!("i.created_at < {place}"));
        }
    }

    /// Only what comes after `position` in the order of a search: newest first.
    pub(super) fn after(&mut self, position: SearchPosition) {
        let (at, id) = (self.number(position.created_at), self.text(position.id.to_string()));
        self.and(&format!("(i.created_at < {at} OR (i.created_at = {at} AND i.id < {id}))"));
    }

    pub(super) fn and(&mut self, sql: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(sql);
    }

    /// Binds a text; returns its place.
    pub(super) fn text(&mut self, value: String) -> String {
        self.bound.push(Bound::Text(value));
        format!("${}", self.bound.len())
    }

    /// Binds a number; returns its place.
    pub(super) fn number(&mut self, value: i64) -> String {
        self.bound.push(Bound::Number(value));
        format!("${}", self.bound.len())
    }

    /// Binds everything to `query`.
    pub(super) fn bind<'q>(
        self,
        mut query: sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments>,
    ) -> sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments> {
        for bound in self.bound {
            query = match bound {
                Bound::Text(text) => query.bind(text),
                Bound::Number(number) => query.bind(number),
            };
        }
        query
    }
}

fn kinds() -> String {
    let names: Vec<String> = CredentialKind::ALL.iter().map(|kind| format!("'{}'", kind.as_str())).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_address_is_found_whole_and_by_its_parts_and_what_is_no_text_is_not_indexed() {
        let mut found = BTreeSet::new();
        let traits = json!({
            "email": "Ada.Lovelace@Nexus.example",
            "name": { "first": "Ada", "last": "de la Cruz" },
            "age": 36, "news": true, "tags": ["Größe", null],
        });
        collect(&traits, &mut found);
        for term in ["ada.lovelace@nexus.example", "ada", "lovelace", "nexus", "example", "cruz", "36", "größe"] {
            assert!(found.contains(term), "{term} in {found:?}");
        }
        assert!(!found.contains("true"));
    }

    #[tokio::test]
    async fn words_states_proofs_and_days_are_answered_from_indexes() {
        use sqlx::Row as _;
        let dsn = super::super::Dsn::parse("memory").expect("a DSN");
        let store = super::super::Store::open(&dsn, crate::crypto::Sealer::new(&["a secret"])).await.expect("a store");
        store.migrate_open().await.expect("migrated");
        for (search, index) in [
            (Search { words: vec!["ada".into()], ..Search::default() }, "sqlite_autoindex_identity_search_terms_1"),
            (Search { state: Some(IdentityState::Inactive), ..Search::default() }, "identities_state"),
            (Search { verified: Some(true), ..Search::default() }, "identities_verified"),
            (Search { created_from: Some(Timestamp::UNIX_EPOCH), ..Search::default() }, "identities_recent"),
        ] {
            let condition = Condition::of(&IdentityFilter::Search(search));
            let sql = format!(
                "EXPLAIN QUERY PLAN SELECT i.id FROM identities i WHERE {} ORDER BY i.created_at DESC, i.id DESC LIMIT 10",
                condition.sql
            );
            let statement = condition.bind(query(sqlx::AssertSqlSafe(sql)));
            let mut connection = store.db.read().await.expect("a connection");
            let plan: Vec<String> = statement
                .fetch_all(&mut *connection)
                .await
                .expect("a plan")
                .iter()
                .map(|row| row.try_get("detail").expect("a line"))
                .collect();
            assert!(plan.iter().any(|line| line.contains(index)), "{index}: {plan:?}");
        }
    }
}
