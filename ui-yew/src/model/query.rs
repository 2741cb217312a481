//! Query strings: what a page passes on when it starts a flow.

use form_urlencoded::{Serializer, parse};

/// Parameters that a page hands to the start of a flow, as they are.
const PASSED_ON: [&str; 11] = [
    "return_to",
    "refresh",
    "aal",
    "via",
    "login_challenge",
    "organization",
    "identity_schema",
    "after_verification_return_to",
    "login_hint",
    "skip_settings",
    "no_org_ui",
];

/// A query string, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `?a=b&c=d`, with or without the question mark. Never fails: what is malformed is text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.strip_prefix('?').unwrap_or(text);
        Self(parse(text.as_bytes()).into_owned().collect())
    }

    /// The first value of a name, unless it is empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The same query with one value set, or without the name.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<&str>) -> Self {
        self.0.retain(|(key, _)| key != name);
        if let Some(value) = value {
            self.0.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// What the start of a flow is told.
    #[must_use]
    pub fn for_start(&self) -> Self {
        let passed = self.0.iter().filter(|(key, value)| PASSED_ON.contains(&key.as_str()) && !value.is_empty());
        Self(passed.cloned().collect())
    }

    /// `path` with this query behind it.
    #[must_use]
    pub fn on(&self, path: &str) -> String {
        if self.0.is_empty() {
            return path.to_owned();
        }
        let mut written = Serializer::new(String::new());
        for (key, value) in &self.0 {
            written.append_pair(key, value);
        }
        format!("{path}?{}", written.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::Query;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn return_to_survives_the_way_through_a_start() {
        let query = Query::parse("?flow=1&return_to=http%3A%2F%2Fhost%2Fa%3Fb%3Dc%26d&utm=x&aal=");
        assert_eq!(query.get("return_to"), Some("http://host/a?b=c&d"));
        assert_eq!(query.get("aal"), None);
        assert_eq!(
            query.for_start().on("/self-service/login/browser"),
            "/self-service/login/browser?return_to=http%3A%2F%2Fhost%2Fa%3Fb%3Dc%26d"
        );
    }

    #[test]
    fn a_value_is_replaced_or_removed() {
        let query = Query::parse("a=1&b=2");
        assert_eq!(query.clone().with("a", Some("x y")).on("/p"), "/p?b=2&a=x+y");
        assert_eq!(query.with("a", None).with("b", None).on("/p"), "/p");
    }

    #[test]
    fn rubbish_is_read_as_text() {
        assert_eq!(Query::parse("%%%=%zz&&=").get("%%%"), Some("%zz"));
    }
}
