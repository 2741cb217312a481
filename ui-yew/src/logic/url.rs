//! Query strings, and which addresses the app goes to.

/// The parameters of a query string, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query string, with or without its question mark.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.strip_prefix('?').unwrap_or(text);
        text.split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(name), decode(value))
            })
            .collect()
    }

    /// The first value of a parameter, if it is not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        (!value.is_empty()).then_some(value.as_str())
    }

    /// The same parameters without some.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        self.0.iter().filter(|(key, _)| !names.contains(&key.as_str())).cloned().collect()
    }

    /// The same parameters and one more, which takes the place of one with its name.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut query = self.without(&[name]);
        query.0.push((name.to_owned(), value.to_owned()));
        query
    }
}

impl FromIterator<(String, String)> for Query {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// A path with a query string, or the path alone when there are no parameters.
#[must_use]
pub fn with_query(path: &str, query: &Query) -> String {
    let mut text = path.to_owned();
    for (index, (name, value)) in query.0.iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        encode(name, &mut text);
        text.push('=');
        encode(value, &mut text);
    }
    text
}

fn encode(text: &str, into: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            into.push('%');
            into.push(char::from(DIGITS[usize::from(byte >> 4)]));
            into.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair =
            text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%').and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match pair {
            Some(byte) => {
                plain.push(byte);
                at += 2;
            }
            None => plain.push(if bytes[at] == b'+' { b' ' } else { bytes[at] }),
        }
        at += 1;
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// The path and query of a URL of the server. The app talks to its own origin only: the server is behind it, under
/// whatever name the person opened the page.
#[must_use]
pub fn path_of(url: &str) -> String {
    let Some((_, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    match rest.find(['/', '?', '#']) {
        Some(at) if rest[at..].starts_with('/') => rest[at..].to_owned(),
        Some(at) => format!("/{}", &rest[at..]),
        None => "/".to_owned(),
    }
}

/// Whether the server may send the browser there: `javascript:` and the like are not places.
#[must_use]
pub fn is_place(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://") || is_local_path(url)
}

/// Whether an address that was NOT checked by the server lies on this site. Anybody can write a link with
/// `return_to`, so only the site's own pages are followed.
#[must_use]
pub fn is_on_site(url: &str, origin: &str) -> bool {
    let rest = url.strip_prefix(origin);
    is_local_path(url) || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
}

/// Where to go when all is done and the server named no place: what the page's link asked for, if that is on this site
/// and not a page that would only lead back here.
#[must_use]
pub fn destination(return_to: Option<&str>, origin: &str) -> String {
    let wanted = return_to.filter(|url| is_on_site(url, origin)).map(path_of);
    let leads_back = |path: &String| {
        let page = path.split(['?', '#']).next().unwrap_or_default();
        ["/login", "/registration", "/recovery"].contains(&page.trim_end_matches('/'))
    };
    wanted.filter(|path| !leads_back(path)).unwrap_or_else(|| "/".to_owned())
}

fn is_local_path(url: &str) -> bool {
    // `//host`, `/\host` and `/<tab>/host` are other sites to a browser.
    url.starts_with('/') && !url[1..].starts_with(['/', '\\']) && !url.contains(|letter: char| letter.is_control())
}

#[cfg(test)]
mod tests {
    use super::{Query, destination, is_on_site, is_place, path_of, with_query};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn parameters_survive_writing_and_reading() {
        let query = Query::default().with("return_to", "https://a.example/?b=c&d=é#f").with("plus", "a+b c");
        let text = with_query("/login", &query);
        assert!(text.is_ascii(), "{text}");
        assert_eq!(Query::parse(text.strip_prefix("/login").unwrap_or_default()), query);
    }

    #[test]
    fn odd_query_strings_are_read_without_a_fuss() {
        for text in ["", "?", "?&&", "?=", "?%", "?a=%zz%4", "?a=%é"] {
            assert_eq!(Query::parse(text).get("b"), None, "{text}");
        }
        assert_eq!(Query::parse("a=b+c&a=d").get("a"), Some("b c"));
        assert_eq!(Query::parse("a=&b=1").get("a"), None);
    }

    #[test]
    fn only_the_path_of_a_server_url_is_used() {
        assert_eq!(path_of("http://127.0.0.1:4455/self-service/login?flow=1"), "/self-service/login?flow=1");
        assert_eq!(path_of("https://a.example"), "/");
        assert_eq!(path_of("https://a.example?b"), "/?b");
        assert_eq!(path_of("/self-service/login"), "/self-service/login");
    }

    #[test]
    fn a_link_cannot_send_a_person_to_another_site() {
        let origin = "https://id.example";
        for url in ["/", "/welcome?x", "https://id.example", "https://id.example/a"] {
            assert!(is_on_site(url, origin), "{url}");
        }
        for url in [
            "https://id.example.evil.example/",
            "https://id.example@evil.example/",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "javascript:alert(1)",
            "evil",
            "",
        ] {
            assert!(!is_on_site(url, origin), "{url}");
        }
    }

    #[test]
    fn a_signed_in_person_is_not_sent_round_in_circles() {
        let origin = "https://id.example";
        for (wanted, expected) in [
            (None, "/"),
            (Some("https://id.example/app?a=b"), "/app?a=b"),
            (Some("/login?return_to=%2Flogin"), "/"),
            (Some("https://id.example/registration/"), "/"),
            (Some("https://evil.example/"), "/"),
        ] {
            assert_eq!(destination(wanted, origin), expected);
        }
    }

    #[test]
    fn scripts_are_not_places() {
        assert!(is_place("https://other.example/"));
        assert!(!is_place("javascript:alert(1)"));
        assert!(!is_place("data:text/html,x"));
        assert!(!is_place("//other.example"));
    }
}
