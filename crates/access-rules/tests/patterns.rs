//! Oathkeeper's own vectors for delimiters, regular expressions and globs, facts about gobwas, and vectors of our own.
#![expect(clippy::panic, reason = "a helper of tests fails with the pattern that it is about")]

use access_rules::pattern::{Compiler, Pattern, Strategy, delimiters};

fn compile(strategy: Strategy, pattern: &str) -> Pattern {
    Compiler::default().compile(strategy, pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"))
}

#[track_caller]
fn check(strategy: Strategy, vectors: &[(&str, &str, bool)]) {
    for (pattern, input, wanted) in vectors {
        let compiled = compile(strategy, pattern);
        assert_eq!(compiled.matches(input), Ok(*wanted), "{pattern} on {input} ({})", compiled.engine());
        if *wanted {
            assert!(
                compiled.prefixes().iter().any(|prefix| input.starts_with(prefix.as_str())),
                "{pattern}: {:?}",
                compiled.prefixes()
            );
        }
    }
}

#[test]
fn delimiters_pair_up_or_fail() {
    for bad in ["<", ">", ">>", "><>", "foo.bar<var", "foo.bar>var", "foo.bar><var", "foo.bar<<>var"] {
        assert!(delimiters(bad, b'<', b'>').is_err(), "{bad}");
    }
    assert_eq!(delimiters("foo.bar<<>>", b'<', b'>'), Ok(vec![7, 11]));
    assert_eq!(delimiters("foo.bar<<>><>", b'<', b'>'), Ok(vec![7, 11, 11, 13]));
    assert_eq!(delimiters("foo.bar<<>><>tt<>", b'<', b'>'), Ok(vec![7, 11, 11, 13, 15, 17]));
    assert!(delimiters("urn:foo.bar.com:{.*{}", b'{', b'}').is_err());
    assert_eq!(delimiters("urn:foo.bar.com:{.{1,2}}", b'{', b'}'), Ok(vec![16, 24]));
}

#[test]
fn globs_of_oathkeeper() {
    check(
        Strategy::Glob,
        &[
            ("urn:foo:<?>", "urn:foo:user", false),
            ("urn:foo:<?>", "urn:foo:u", true),
            ("urn:foo:<?>", "urn:foo:", false),
            ("urn:foo:<?>&&<?>", "urn:foo:w&&r", true),
            ("urn:foo:<?>?<?>", "urn:foo:w&r", false),
            ("urn:foo:<?>?<?>", "urn:foo:w?r", true),
            ("urn:foo:<*>", "urn:foo:user", true),
            ("urn:foo:<*>", "urn:foo:", true),
            ("urn:foo:<*>:<*>", "urn:foo:usr:swen", true),
            ("*:foo:<*>:<*>", "urn:foo:usr:swen", false),
            ("*:foo:<*>:<*>", "*:foo:usr:swen", true),
            ("urn:foo:<*>:role:<?>", "urn:foo:usr:role:a", true),
            ("urn:foo:<*>:role:<?>", "urn:foo:usr:role:admin", false),
            ("urn:foo:<m[a,o,u]n>", "urn:foo:moon", false),
            ("urn:foo:<m[a,o,u]n>", "urn:foo:man", true),
            ("urn:foo:<m[!a,o,u]n>", "urn:foo:man", false),
            ("urn:foo:<m[!a,o,u]n>", "urn:foo:min", true),
            ("http://example.com/<*>", "http://example.com/foo/bar", false),
            ("https://localhost:34/<{baz*,bar*}>", "https://localhost:34/baz", true),
            ("https://localhost:1234/<{foo*,bar*}>", "https://localhost:1234/foo", true),
            ("rpc://<{baz*,bar*}>.example.com/grpc.api/Call", "rpc://bar.example.com/grpc.api/Call", true),
            ("https://localhost/users/<[0-9]*>", "https://localhost/users/1234", true),
            ("https://localhost/users/<[0-9]*>", "https://localhost/users/abcd", false),
            ("<http|https>://localhost/<*>", "http|https://localhost/user", true),
            ("<{http,https}>://localhost/<*>", "http://localhost/user", true),
        ],
    );
}

#[test]
fn globs_of_gobwas_with_the_separators_dot_and_slash() {
    check(
        Strategy::Glob,
        &[
            ("<a.*>", "a.b.c", false),
            ("<a.**>", "a.b.c", true),
            ("<?at>", "fat", true),
            ("<?at>", ".at", false),
            ("<{*,**}{a,b}>", "ab", true),
            ("<{*,**}{a,b}>", "ac", false),
            ("<{abc,abcd}a>", "abcda", true),
            ("<*//{,*.}example.com>", "https://www.example.com", true),
            ("<\\*>", "*", true),
            ("<\\*>", "x", false),
            ("http://h/<*>", "http://h/x.html", false),
            ("http://h/<**>", "http://h/x.html", true),
            ("<[!a-c]>", "d", true),
            ("<[!a-c]>", "b", false),
            ("<[./]>", "/", true),
            ("<{a,{b,c}d}>", "cd", true),
        ],
    );
    for bad in ["<[a-c,x]>", "<[a>", "<{a,b>", "<[]>", "<[c-a]>"] {
        assert!(Compiler::default().compile(Strategy::Glob, bad).is_err(), "{bad}");
    }
}

#[test]
fn regular_expressions_of_oathkeeper() {
    check(
        Strategy::Regexp,
        &[
            ("urn:foo:<.?>", "urn:foo:user", false),
            ("https://localhost:34/<baz|bar>", "https://localhost:34/baz", true),
            ("https://localhost:1234/<foo|bar>", "https://localhost:1234/foo", true),
            ("rpc://<baz|bar>.example.com/grpc.api/Call", "rpc://bar.example.com/grpc.api/Call", true),
            ("https://localhost/users/<[0-9]+>", "https://localhost/users/1234", true),
            ("https://localhost/users/<[0-9]+>", "https://localhost/users/abcd", false),
            ("https://localhost/users/<[[:digit:]]*>", "https://localhost/users/1234", true),
            ("https://localhost/users/<[[:digit:]]*>", "https://localhost/users/abcd", false),
            ("https://localhost/users/<(?!admin).*>", "https://localhost/users/manager", true),
            ("https://localhost/users/<(?!admin).*>", "https://localhost/users/admin", false),
            ("urn:foo.bar.com:<.*>", "urn:foo.com:bar:baz", false),
            ("urn:foo.bar.com:<.*>", "foobar", false),
            ("urn:foo:<.*>", "urn:foo:bar:baz", true),
            ("urn:foo.bar.com:<.{1,2}>", "urn:foo.bar.com:aa", true),
            ("urn:foo.bar.com:<.{1,2}>", "urn:foo.bar.com:aaa", false),
            ("urn:foo:<user=(?!admin).*>", "urn:foo:user=john", true),
            ("urn:foo:<user=(?!admin).*>", "urn:foo:user=admin", false),
            ("urn:foo:user=<[[:digit:]]*>", "urn:foo:user=admin", false),
            ("urn:foo:user=<[[:digit:]]*>", "urn:foo:user=62235", true),
            ("urn:foo:user=<(?P<id>\\d{3})>", "urn:foo:user=622", true),
            ("urn:foo:user=<(?P<id>\\d{3})>", "urn:foo:user=aaa", false),
            ("http://h/a.b/<.+>", "http://h/axb/c", false),
            ("http://h/<a|ab>/c", "http://h/ab/c", true),
            ("http://h/<foo|bar>", "http://h/food", false),
            ("http://h/<(?P<x>ab+)-\\k<x>>", "http://h/abb-abb", true),
            ("http://h/<(?P<x>ab+)-\\k<x>>", "http://h/abb-ab", false),
            ("http://h/<(?i)abc>/d", "http://h/ABC/d", true),
            ("http://h/<(?i)abc>/d", "http://h/abc/D", false),
            ("http://h/<\\w+>", "http://h/äöü", true),
            ("http://h/<.>", "http://h/😀", true),
            ("http://h/<[^/]+>/x", "http://h/a/b/x", false),
            ("http://h/<.*>/x/<[a-z]+>", "http://h/1/x/2/x/abc", true),
            ("http://h/<[a-z]{2,3}>-<\\d>", "http://h/abcd-1", false),
            ("http://h/<[]x]+>", "http://h/]x", true),
            ("http://h/<[a&&b]+>", "http://h/&a", true),
            ("http://h/<[[]>", "http://h/[", true),
            ("http://h/<{x}>", "http://h/{x}", true),
            ("HTTP://h/x", "HTTP://h/x", true),
            ("http://Host.Example/X", "http://host.example/X", true),
            ("http://<[a-z0-9-]+>.hosts.test/<.*>", "http://acme-1.hosts.test/x/y", true),
            ("http://<[a-z0-9-]+>.hosts.test/<.*>", "http://a.b.hosts.test/x/y", false),
            ("http://<[a-z0-9-]+>.hosts.test/<.*>", "http://evil.test/x.hosts.test/y", false),
            ("http://h/<>x", "http://h/x", true),
            ("http://h/<.*>", "http://h/a\nb", false),
            ("http://h/users/<[0-9]+>", "http://h/users/1\n", false),
        ],
    );
}

#[test]
fn groups_are_numbered_as_dotnet_numbers_them() {
    let groups = |pattern: &str, url: &str| -> Vec<String> {
        compile(Strategy::Regexp, pattern).captures(url).unwrap().into_iter().map(str::to_owned).collect()
    };
    assert_eq!(groups("urn:foo:<.?>", "urn:foo:user"), [] as [&str; 0]);
    assert_eq!(groups("urn:foo:<.*>", "urn:foo:user"), ["user"]);
    assert_eq!(groups("urn:foo:<.*>:<.*>", "urn:foo:user:one"), ["user", "one"]);
    assert_eq!(groups("urn:foo:<foo|bar>", "urn:foo:bar"), ["bar"]);
    assert_eq!(groups("http://localhost", "http://localhost"), [] as [&str; 0]);
    assert_eq!(groups("<http|https>://localhost/<.*>", "http://localhost/user"), ["http", "user"]);
    assert_eq!(groups("http://h/<(a|b)(c|d)?>", "http://h/ad"), ["ad", "a", "d"]);
    assert_eq!(groups("http://h/<(a|b)(c|d)?>", "http://h/b"), ["b", "b", ""]);
    assert_eq!(
        groups(r"http://h/<(?P<year>\d{4})-(\d\d)-(?P<day>\d\d)>", "http://h/2026-07-24"),
        ["2026-07-24", "07", "2026", "24"]
    );
    assert_eq!(groups("http://h/<.*>/x/<[a-z]+>", "http://h/1/x/2/x/abc"), ["1/x/2", "abc"]);
    assert_eq!(groups("http://h/<>x<.*>", "http://h/xy"), ["", "y"]);
}

#[test]
fn what_does_not_compile_is_refused_with_the_mend() {
    let error =
        |strategy, pattern: &str| Compiler::default().compile(strategy, pattern).expect_err(pattern).to_string();
    let glob = error(Strategy::Regexp, "https://api.example.com/graphql/<**>");
    assert!(glob.contains("looks like a glob: write <.*>, or set access_rules.matching_strategy to glob"), "{glob}");
    assert!(error(Strategy::Regexp, r"http://h/<(ab+)-\2>").contains("name the group"));
    assert!(error(Strategy::Regexp, "http://h/<(>").contains("unclosed"));
    assert!(error(Strategy::Regexp, "http://h/a<b").contains("has no `>`"));
    assert!(error(Strategy::Regexp, "http://h/<(?<=x)y>").contains("has no `>`"));
    assert!(error(Strategy::Glob, "http://h/<[a-c,x]>").contains("a list holds no ranges"));
}

#[test]
fn a_backtracking_expression_gives_up_and_a_plain_one_never_needs_to() {
    let url = format!("http://h/{}c", "a".repeat(50));
    assert_eq!(compile(Strategy::Regexp, "http://h/<(a+)+b>").matches(&url), Ok(false));
    assert!(compile(Strategy::Regexp, "http://h/<(?:(?!z)a|(?!z)aa)+b>").matches(&url).is_err());
}

#[test]
fn beginnings_are_told_apart_where_the_scheme_or_host_varies() {
    let mut prefixes = compile(Strategy::Regexp, "<http|https>://h/<a|b>/<.*>").prefixes().to_vec();
    prefixes.sort();
    assert_eq!(prefixes, ["http://h/a/", "http://h/b/", "https://h/a/", "https://h/b/"]);
    let mut prefixes = compile(Strategy::Regexp, "<https?>://h/<(x|y)>").prefixes().to_vec();
    prefixes.sort();
    assert!(prefixes.iter().all(|p| p.starts_with("http")) && prefixes.len() <= 16, "{prefixes:?}");
}
