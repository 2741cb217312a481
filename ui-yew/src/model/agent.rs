//! A browser's `User-Agent` in words.

/// Browsers by the token that tells them; the first that occurs wins, since most name several.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: [(&str, &str); 8] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
];

/// Browser and system, each where it is known: `("Firefox", "Linux")`. For other clients the product's own name.
#[must_use]
pub fn describe(agent: &str) -> (Option<&str>, Option<&'static str>) {
    let find =
        |table: &[(&str, &'static str)]| table.iter().find(|(token, _)| agent.contains(token)).map(|(_, name)| *name);
    let browser = find(&BROWSERS).or_else(|| {
        let product = agent.split(['/', ' ']).next().unwrap_or_default();
        (!product.is_empty() && product != "Mozilla").then_some(product)
    });
    (browser, find(&SYSTEMS))
}

#[cfg(test)]
mod tests {
    use super::describe;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn browsers_that_name_each_other_are_told_apart() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36 Edg/150.0";
        assert_eq!(describe(edge), (Some("Edge"), Some("Windows")));
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1";
        assert_eq!(describe(phone), (Some("Safari"), Some("iPhone")));
        assert_eq!(describe("curl/8.5.0"), (Some("curl"), None));
        assert_eq!(describe(""), (None, None));
    }
}
