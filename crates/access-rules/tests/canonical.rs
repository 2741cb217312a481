//! security.md 60: one reading of host and path, or none.
use access_rules::canonical::{self, Refusal};

#[test]
fn canonical_paths_pass_and_are_decoded() {
    let path = |target: &str| canonical::target(target).map(|(path, _)| path.into_owned());
    assert_eq!(path("/a/b"), Ok("/a/b".into()));
    assert_eq!(path("/"), Ok("/".into()));
    assert_eq!(path("/foo/"), Ok("/foo".into()));
    assert_eq!(path("/with%20space/x%20y"), Ok("/with space/x y".into()));
    assert_eq!(path("/stra%C3%9Fe/%c3%bc"), Ok("/straße/ü".into()));
    assert_eq!(path("/a%252Fb"), Ok("/a%2Fb".into()));
    assert_eq!(path("/matrix/a;v=1"), Ok("/matrix/a;v=1".into()));
    assert_eq!(path("/%3A%40%21%24%26%27%28%29%2A%2B%2C%3D"), Ok("/:@!$&'()*+,=".into()));
    assert_eq!(path("/.well-known/x/.../y"), Ok("/.well-known/x/.../y".into()));
    assert_eq!(canonical::target("/x?a=../b&c=%2f"), Ok(("/x".into(), Some("a=../b&c=%2f"))));
    assert_eq!(canonical::target("/x?"), Ok(("/x".into(), Some(""))));
}

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    use Refusal::*;
    for (target, why) in [
        ("/a/../b", DotSegment),
        ("/a/./b", DotSegment),
        ("/a/..", DotSegment),
        ("/a/.", DotSegment),
        ("/..", DotSegment),
        ("/a/%2e%2e/b", DotSegment),
        ("/a/.%2E/b", DotSegment),
        ("/a/..;/b", DotSegment),
        ("/a/..;x=1/b", DotSegment),
        ("/a/%252e%252e/b", DotSegment),
        ("/a/%2e;/b", DotSegment),
        ("/a//b", EmptySegment),
        ("//a", EmptySegment),
        ("/a//", EmptySegment),
        ("/a%2fb", EncodedSlash),
        ("/a%2Fb", EncodedSlash),
        ("/a%5cb", Backslash),
        ("/a\\b", Backslash),
        ("/a%00", Control),
        ("/a%0a", Control),
        ("/a%7f", Control),
        ("/a%C2%85", Control),
        ("/a\tb", Control),
        ("/a b", Control),
        ("/100%", BadEscape),
        ("/%4", BadEscape),
        ("/%zz", BadEscape),
        ("/%ff", NotUtf8),
        ("/%C0%AE", NotUtf8),
        ("/stra\u{df}e", NotAscii),
        ("/a#b", Fragment),
        ("/a?b#c", Fragment),
        ("/a?b c", Control),
        ("*", NoPath),
        ("http://h/", NoPath),
        ("", NoPath),
    ] {
        assert_eq!(canonical::target(target).map(|_| ()), Err(why), "{target}");
    }
}

#[test]
fn hosts_are_compared_in_lower_case_without_dot_and_default_port() {
    let host = |scheme: &str, name: &str| canonical::host(scheme, name).map(|h| h.into_owned());
    assert_eq!(host("http", "gw.test"), Ok("gw.test".into()));
    assert_eq!(host("http", "GW.Test"), Ok("gw.test".into()));
    assert_eq!(host("http", "gw.test."), Ok("gw.test".into()));
    assert_eq!(host("http", "gw.test:80"), Ok("gw.test".into()));
    assert_eq!(host("https", "gw.test.:443"), Ok("gw.test".into()));
    assert_eq!(host("https", "gw.test:80"), Ok("gw.test:80".into()));
    assert_eq!(host("http", "gw.test.:8080"), Ok("gw.test:8080".into()));
    assert_eq!(host("http", "[::1]:8080"), Ok("[::1]:8080".into()));
    for bad in ["", ".", ":80", "a b", "a/b", "a@b", "a\u{e4}", "a..", "gw.test..:81", "a?b", "a%62"] {
        assert!(host("http", bad).is_err(), "{bad}");
    }
}
