//! What templates print, held against what Go's `text/template` and sprig print for the same input.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use go_template::{FieldUse, Functions, Limits, Map, Object, Template, Value};
use serde_json::json;
use std::sync::Arc;

fn session() -> Value {
    Value::from_json(&json!({
        "Subject": "u-alice",
        "Extra": { "identity": {
            "id": "u-alice", "traits": { "email": "alice@example.org", "name": "Alice \"Al\" Öz" },
            "created": 1_657_257_973_i64, "small": 12, "ratio": 0.5, "verified": true, "nothing": null,
            "roles": ["admin", "user"], "mixed": ["a", null], "address": { "zip": "8010", "city": "Graz" }
        } }
    }))
}

fn render(source: &str) -> Result<String, String> {
    let template = Template::parse("test", source, &Functions::sprig()).map_err(|e| e.to_string())?;
    template.render(&session()).map_err(|e| e.to_string())
}

#[track_caller]
fn gives(source: &str, wanted: &str) {
    assert_eq!(render(source).as_deref(), Ok(wanted), "{source}");
}

#[track_caller]
fn fails(source: &str, part: &str) {
    let found = render(source).expect_err(source);
    assert!(found.contains(part), "{source}: {found}");
}

#[test]
fn values_print_as_go_prints_them() {
    gives("{{ .Subject }}", "u-alice");
    gives("{{ .Extra.identity.created }}", "1.657257973e+09");
    gives("{{ .Extra.identity.small }} {{ .Extra.identity.ratio }} {{ .Extra.identity.verified }}", "12 0.5 true");
    gives("{{ .Extra.identity.roles }}{{ .Extra.identity.address }}", "[admin user]map[city:Graz zip:8010]");
    gives(
        "{{ .Extra.identity.nothing }}|{{ .Extra.nope }}|{{ .Extra.identity.mixed }}",
        "<no value>|<no value>|[a <nil>]",
    );
    for (number, text) in [
        (0.0, "0"),
        (100_000.0, "100000"),
        (123_456.0, "123456"),
        (1_234_567.0, "1.234567e+06"),
        (1e6, "1e+06"),
        (1e-4, "0.0001"),
        (1e-7, "1e-07"),
        (123_456_789_012_345_680_000.0, "1.2345678901234568e+20"),
        (-2.5, "-2.5"),
        (1e300, "1e+300"),
    ] {
        assert_eq!(go_template::number(number), text);
    }
}

#[test]
fn a_field_of_nothing_is_an_error_but_not_through_a_variable() {
    fails("{{ .Extra.nope.deeper }}", "nil pointer evaluating interface {}.deeper");
    fails("{{ print .Extra.nope.deeper }}", "deeper");
    gives("{{ $x := .Extra.nope }}{{ $x.deeper }}", "<no value>");
    fails("{{ .Subject.deeper }}", "can't evaluate field deeper in type string");
    fails("{{ .Subject 1 }}", "has arguments but cannot be invoked");
}

#[test]
fn functions_of_the_recorded_templates() {
    gives(r#"{{ toJson .Extra.identity.address }}"#, r#"{"city":"Graz","zip":"8010"}"#);
    gives(r#"{{ join "," .Extra.identity.roles }}"#, "admin,user");
    gives("{{ .Subject | upper }}", "U-ALICE");
    gives("{{ .Extra.identity.created | int64 }}", "1657257973");
    gives(r#"{{ default "none" .Extra.nope }}"#, "none");
    gives("{{ index .Extra.identity.roles 1 }}", "user");
    gives("{{ if .Extra.identity.verified }}yes{{ else }}no{{ end }}", "yes");
    gives("{{ range .Extra.identity.roles }}<{{ . }}>{{ end }}", "<admin><user>");
    gives(r#"{{ printf "%s/%v" .Subject .Extra.identity.small }}"#, "u-alice/12");
    gives("{{ b64enc .Subject }}", "dS1hbGljZQ==");
    gives(r#"{{ has "admin" .Extra.identity.roles }}"#, "true");
    gives(r#"{{ eq .Subject "u-alice" }}"#, "true");
    gives(r#"{{ trimPrefix "u-" .Subject }}"#, "alice");
    gives("{{ .Extra.identity.traits.name | quote }}", "\"Alice \\\"Al\\\" Öz\"");
    gives("{{ with .Extra.identity.address }}{{ .city }}{{ end }}", "Graz");
    gives("{{ len .Extra.identity.roles }}", "2");
    gives("  {{- .Subject -}}  ", "u-alice");
    fails("{{ index .Extra.identity.roles 7 }}", "index out of range: 7");
    fails("{{ eq .Extra.identity.small 12 }}", "incompatible types for comparison");
}

#[test]
fn control_structures() {
    gives("{{ if and .Subject .Extra.nope }}a{{ else if eq 1 1 }}b{{ else }}c{{ end }}", "b");
    gives("{{ with .Extra.nope }}a{{ else with .Subject }}{{ . }}{{ end }}", "u-alice");
    gives(
        "{{ range $i, $r := .Extra.identity.roles }}{{ if $i }},{{ end }}{{ $i }}={{ $r }}{{ end }}",
        "0=admin,1=user",
    );
    gives("{{ range $k, $v := .Extra.identity.address }}{{ $k }}:{{ $v }};{{ end }}", "city:Graz;zip:8010;");
    gives("{{ range .Extra.nope }}x{{ else }}none{{ end }}", "none");
    gives(
        "{{ range until 5 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ if eq . 3 }}{{ break }}{{ end }}{{ . }}{{ end }}",
        "02",
    );
    gives("{{ range 3 }}{{ . }}{{ end }}", "012");
    gives("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 3 }}{{ $y }}{{ end }}{{ $x }}", "32");
    gives(
        r#"{{ define "t" }}[{{ . }}]{{ end }}{{ template "t" .Subject }}{{ template "t" }}"#,
        "[u-alice][<no value>]",
    );
    gives(r#"{{ block "b" .Subject }}<{{ . }}>{{ end }}"#, "<u-alice>");
    gives("a {{- /* gone */ -}} b{{/* too */}}", "ab");
    gives("{{ with $x := .Subject }}{{ $x }}{{ $.Subject }}{{ end }}", "u-aliceu-alice");
    gives("{{ (index .Extra.identity.roles 0) | printf \"%s-%s\" \"x\" }}", "x-admin");
    gives("{{ or .Extra.nope .Subject }}{{ not .Subject }}{{ and true 0 }}", "u-alicefalse0");
}

#[test]
fn printf_and_friends() {
    gives(
        r#"{{ printf "%05.2f|%6d|%-4s|%q|%x|%+d|%t|%v|%%" 3.14159 42 "ab" "q\"" "hi" 7 true 1.5 }}"#,
        "03.14|    42|ab  |\"q\\\"\"|6869|+7|true|1.5|%",
    );
    gives(r#"{{ printf "%d %s" "x" 1 }}"#, "%!d(string=x) %!s(int=1)");
    gives(r#"{{ printf "%s" }}{{ printf "x" 1 }}"#, "%!s(MISSING)x%!(EXTRA int=1)");
    gives(r#"{{ print 1 2 "a" 3 4 }}"#, "1 2a3 4");
    gives(r#"{{ html "<a&b>" }} {{ urlquery "a b&c" }} {{ js "it's" }}"#, "&lt;a&amp;b&gt; a+b%26c it\\'s");
    gives(r#"{{ toJson (dict "b" "<x>" "a" 1.5) }}"#, r#"{"a":1.5,"b":"\u003cx\u003e"}"#);
    gives(r#"{{ slice "abcdef" 1 3 }}{{ slice (list 1 2 3) 1 }}"#, "bc[2 3]");
}

#[test]
fn sprig_functions() {
    gives(
        r#"{{ add 1 2 3 }} {{ sub 5 2 }} {{ mul 2 3 }} {{ div 7 2 }} {{ mod 7 2 }} {{ max 1 9 3 }} {{ int "0x10" }}"#,
        "6 3 6 3 1 9 16",
    );
    gives(
        r#"{{ splitList "," "a,b" | last }} {{ (split "/" "x/y")._1 }} {{ replace "a" "b" "aXa" }} {{ trunc 3 "abcdef" }} {{ trunc -2 "abcdef" }}"#,
        "b y bXb abc ef",
    );
    gives(
        r#"{{ ternary "y" "n" true }} {{ coalesce "" 0 "z" }} {{ empty "" }} {{ quote 1 "a" }} {{ title "ada lovelace" }}"#,
        r#"y z true "1" "a" Ada Lovelace"#,
    );
    gives(
        r#"{{ sha256sum "a" | trunc 8 }} {{ b64dec "YQ==" }} {{ regexReplaceAll "[0-9]+" "a12b" "-" }} {{ regexMatch "^a" "ab" }}"#,
        "ca978112 a a-b true",
    );
    gives(
        r#"{{ snakecase "FirstName" }} {{ camelcase "first_name" }} {{ kebabcase "firstName" }} {{ nospace " a b " }} {{ initials "Ada Lovelace" }}"#,
        "first_name FirstName first-name ab AL",
    );
    gives(
        r#"{{ dig "identity" "traits" "email" "-" .Extra }} {{ dig "x" "-" .Extra }} {{ pluck "a" (dict "a" 1) (dict "a" 2) }}"#,
        "alice@example.org - [1 2]",
    );
    gives(
        r#"{{ list 1 2 2 3 | uniq | reverse }} {{ without (list 1 2) 1 }} {{ concat (list 1) (list 2) }} {{ seq 3 }} {{ untilStep 0 6 2 }}"#,
        "[3 2 1] [2] [1 2] 1 2 3 [0 2 4]",
    );
    gives(
        r#"{{ indent 2 "a\nb" }} {{ b32enc "hello" }} {{ b32dec "NBSWY3DP" }} {{ adler32sum "abc" }}"#,
        "  a\n  b NBSWY3DP hello 38600999",
    );
    gives(
        r#"{{ (urlParse "https://u@h:1/p?q#f").host }} {{ clean "/a/../b/" }} {{ base "/a/b" }} {{ ext "x.tar.gz" }}"#,
        "h:1 /b b .gz",
    );
    gives(r#"{{ fromJson "{\"a\":[1]}" | toJson }} {{ typeOf 1.5 }} {{ kindOf (dict) }}"#, r#"{"a":[1]} float64 map"#);
}

#[test]
fn what_cannot_work_is_refused_when_it_is_loaded_with_its_place() {
    let refused = |source: &str| Template::parse("t", source, &Functions::sprig()).expect_err(source);
    let error = refused("ok\n  {{ nosuch .Subject }}");
    assert_eq!((error.line, error.column), (2, 6), "{error}");
    assert!(error.message.contains("not defined"), "{error}");
    assert!(refused("{{ toJsn . }}").message.contains("did you mean \"toJson\""));
    assert!(refused("{{ env \"HOME\" }}").message.contains("may not read the environment"));
    assert!(refused("{{ now }}").message.contains("clock"));
    assert!(refused("{{ randAlpha 5 }}").message.contains("randomness"));
    for source in [
        "{{ .Subject ",
        "{{ if .a }}x",
        "{{ end }}",
        "{{ else }}",
        "{{ $x }}",
        "{{ range }}{{ end }}",
        "{{ (print 1 }}",
        "{{ print 1) }}",
        "{{ \"open }}",
        "{{ break }}",
        "{{ nil }}",
        "{{ 1 2 }}",
        "{{ template \"none\" }}",
        "{{ .a | 1 }}",
        "{{ define x }}{{ end }}",
        "{{ /* open",
        "{{ 1.2.3 }}",
        "{{ | }}",
        "{{ if }}{{ end }}",
        "{{ \"a\"\"b\" }}",
        "{{ .a..b }}",
        "{{ @ }}",
    ] {
        refused(source);
    }
}

#[test]
fn work_and_output_are_bounded() {
    fails("{{ range until 99999 }}{{ range until 99999 }}{{ end }}{{ end }}", "too much work");
    fails("{{ range 9000000 }}{{ end }}", "too much work");
    fails(r#"{{ repeat 99999999 "aaaa" }}"#, "too long");
    fails(r#"{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}"#, "too deeply");
    let narrow = Template::parse("t", "12345{{ .Subject }}", &Functions::go())
        .unwrap()
        .with_limits(Limits { steps: 10, output: 8 });
    assert!(narrow.render(&session()).is_err());
    let deep = "{{ if true }}".repeat(200) + &"{{ end }}".repeat(200);
    fails(&deep, "nested too deeply");
}

struct Url;
impl Object for Url {
    fn type_name(&self) -> &str {
        "*url.URL"
    }
    fn field(&self, name: &str) -> Option<Value> {
        (name == "Path").then(|| "/p".into())
    }
    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        match (name, arguments) {
            ("Get", [Value::Str(key)]) => Some(Ok(format!("got {key}").into())),
            ("Get", _) => Some(Err("want one argument".into())),
            ("Self", _) => Some(Ok(Value::Object(Arc::new(Url)))),
            _ => None,
        }
    }
    fn plain(&self) -> Value {
        "http://h/p".into()
    }
}

#[test]
fn objects_of_the_host_have_fields_and_methods() {
    let data = Value::map(Map::from_iter([("URL", Value::Object(Arc::new(Url)))]));
    let render =
        |source: &str| Template::parse("t", source, &Functions::go()).unwrap().render(&data).map_err(|e| e.message);
    assert_eq!(
        render(r#"{{ .URL }} {{ .URL.Path }} {{ .URL.Self.Get "q" }} {{ .URL.Get "x" | print }}"#).unwrap(),
        "http://h/p /p got q got x"
    );
    assert!(render("{{ .URL.Nope }}").unwrap_err().contains("can't evaluate field Nope in type *url.URL"));
}

#[test]
fn what_a_template_reads_is_known_without_running_it() {
    let uses = |source: &str| Template::parse("t", source, &Functions::sprig()).unwrap().uses();
    let path = |parts: &[&str]| FieldUse::Path(parts.iter().map(|p| (*p).to_owned()).collect());
    assert_eq!(uses("{{ print .Subject }}{{ .Extra.a.b }}"), [path(&["Subject"]), path(&["Extra", "a", "b"])]);
    assert_eq!(
        uses("{{ with .Extra.a }}{{ .b }}{{ $.Subject }}{{ end }}"),
        [path(&["Extra", "a"]), path(&["Subject"])]
    );
    assert_eq!(uses("{{ toJson . }}"), [FieldUse::Whole]);
    assert_eq!(uses("plain"), []);
}

fn html(source: &str, data: serde_json::Value) -> String {
    let template = Template::parse("t", source, &Functions::sprig()).unwrap();
    template.render_html(&Value::from_json(&data)).unwrap()
}

#[test]
fn html_is_escaped_for_the_place_where_it_goes() {
    let name =
        || serde_json::json!({ "name": "<b>\"Ann\" & 'Co'</b>", "url": "javascript:alert(1)", "at": "a+b@c.de" });
    let cases = [
        ("<p>{{ .name }}</p>", "<p>&lt;b&gt;&#34;Ann&#34; &amp; &#39;Co&#39;&lt;/b&gt;</p>"),
        ("<p>{{ .name | html }}</p>", "<p>&lt;b&gt;&#34;Ann&#34; &amp; &#39;Co&#39;&lt;/b&gt;</p>"),
        (r#"<p title="{{ .name }}">"#, r#"<p title="&lt;b&gt;&#34;Ann&#34; &amp; &#39;Co&#39;&lt;/b&gt;">"#),
        ("<p title={{ .at }}>", "<p title=a&#43;b@c.de>"),
        (r#"<a href="{{ .url }}">"#, r##"<a href="#ZgotmplZ">"##),
        (
            r#"<a href="/?q={{ .at }}&x={{ .name }}">"#,
            r#"<a href="/?q=a%2bb%40c.de&x=%3cb%3e%22Ann%22%20%26%20%27Co%27%3c%2fb%3e">"#,
        ),
        (r#"<a href="{{ "https://x.de/a?b=c&d=e" }}">"#, r#"<a href="https://x.de/a?b=c&amp;d=e">"#),
        ("<script>var a = {{ .at }}; var b = '{{ .name }}';</script>{{ .name }}", ""),
        ("<script>x({{ 4 }})</script>", "<script>x( 4 )</script>"),
        ("<!-- {{ .name }} -->x<!-- y -->", "x"),
        (
            "<style>p { color: {{ \"red\" }}; width: {{ \"expression(1)\" }} }</style>",
            "<style>p { color: red; width: ZgotmplZ }</style>",
        ),
        ("<p onclick=\"go({{ .at }})\">", "<p onclick=\"go(&#34;a\\u002bb@c.de&#34;)\">"),
        ("<title>{{ .name }}</title>", "<title>&lt;b&gt;&#34;Ann&#34; &amp; &#39;Co&#39;&lt;/b&gt;</title>"),
        ("<p {{ \"onclick\" }}=1>", "<p ZgotmplZ=1>"),
        ("{{ .nothing }}", ""),
        ("1 < 2 {{ .at }}", "1 < 2 a&#43;b@c.de"),
    ];
    for (source, expected) in cases {
        let rendered = html(source, name());
        if source.contains("var a") {
            assert_eq!(
                rendered,
                "<script>var a = \"a\\u002bb@c.de\"; var b = '\\u003cb\\u003e\\u0022Ann\\u0022 \\u0026 \\u0027Co\\u0027\\u003c\\/b\\u003e';</script>&lt;b&gt;&#34;Ann&#34; &amp; &#39;Co&#39;&lt;/b&gt;"
            );
        } else {
            assert_eq!(rendered, expected, "{source}");
        }
    }
}

#[test]
fn files_call_each_other_by_name_and_errors_name_the_file() {
    let files = [
        ("body", "{{ define \"b\" }}[{{ . }}]{{ end }}<p>{{ template \"body.de\" . }}</p>"),
        ("body.de", "Hallo\n{{ template \"b\" .name }}{{ .name.first }}"),
    ];
    let template = Template::parse_files(&files, &Functions::sprig()).unwrap();
    let error = template.render(&Value::from_json(&serde_json::json!({ "name": "x" }))).unwrap_err();
    assert_eq!((error.template.as_str(), error.line), ("body.de", 2), "{error}");
    let whole = serde_json::json!({ "name": { "first": "<Ida>" } });
    let rendered = template.render_html(&Value::from_json(&whole)).unwrap();
    assert_eq!(rendered, "<p>Hallo\n[map[first:&lt;Ida&gt;]]&lt;Ida&gt;</p>");
    let (file, error) = Template::parse_files(&[("a", "x"), ("b", "\n{{ nope }}")], &Functions::go()).unwrap_err();
    assert_eq!((file.as_str(), error.line), ("b", 2));
    let (file, _) = Template::parse_files(&[("a", "x"), ("b", "{{ template \"c\" }}")], &Functions::go()).unwrap_err();
    assert_eq!(file, "b");
}

#[test]
fn values_cannot_break_out_of_a_json_document() {
    use go_template::Document;
    let render = |source: &str, subject: &str| {
        let template =
            Template::parse_document("t", source, &Functions::sprig(), Document::Json).map_err(|e| e.message)?;
        let data = Value::from_json(&json!({ "s": subject, "m": { "a": [1, "<"] }, "n": 1_657_257_973_i64 }));
        template.render(&data).map_err(|e| e.message)
    };
    assert_eq!(
        render(r#"{"s": "{{ .s }}", "m": {{ toJson .m }}, "n": {{ .n }}}"#, "ada").unwrap(),
        r#"{"s": "ada", "m": {"a":[1,"\u003c"]}, "n": 1.657257973e+09}"#
    );
    let broken = render(r#"{"s": "{{ .s }}"}"#, r#"a", "admin": "yes"#).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&broken).unwrap(), json!({ "s": r#"a", "admin": "yes"# }));
    assert!(render(r#"{"s": {{ .s }}}"#, r#"1, "admin": true"#).unwrap_err().contains("use toJson"));
    assert_eq!(render(r#"{"s": {{ .s }}}"#, "12").unwrap(), r#"{"s": 12}"#);
    assert_eq!(
        render(r#"{"a\"{{ .s }}": {{ if .s }}"{{ .s }}"{{ else }}""{{ end }}}"#, "q").unwrap(),
        r#"{"a\"q": "q"}"#
    );
    assert!(render(r#"{"s": {{ if .s }}"{{ else }}1{{ end }}}"#, "q").is_err());
}
