//! Checks that need more than one key.

use super::check::Report;
use super::node::{Node, Place, Value};
use std::collections::HashMap;

/// Checks a configuration whose keys and kinds are right. `dev` softens what only production needs.
pub(super) fn check(node: &Node, dev: bool, report: &mut Report) {
    required(node, report);
    schemas(node, report);
    secrets(node, dev, report);
    methods(node, report);
    courier(node, report);
    cookies(node, dev, report);
}

fn is(node: &Node, path: &str, default: bool) -> bool {
    match node.at(path).map(|node| &node.value) {
        Some(Value::Bool(value)) => *value,
        _ => default,
    }
}

fn place(node: &Node, path: &str) -> Place {
    node.at(path).map_or(Place::Nowhere, |node| node.place.clone())
}

fn required(node: &Node, report: &mut Report) {
    let needed = [
        (
            "dsn",
            "missing; e.g. `sqlite:///var/lib/nexus/identity.sqlite` or `postgres://…`, here or in the environment variable DSN",
        ),
        (
            "selfservice.default_browser_return_url",
            "missing; the URL that browsers are sent to when nothing else says where",
        ),
    ];
    for (path, message) in needed {
        if node.at(path).and_then(Node::text).is_none_or(str::is_empty) {
            report.problem(&place(node, path), path, message);
        }
    }
    let dsn = node.at("dsn").and_then(Node::text).filter(|dsn| !dsn.is_empty());
    if let (Some(dsn), Some(found)) = (dsn, node.at("dsn")) {
        let known =
            dsn == "memory" || ["sqlite:", "postgres://", "postgresql://"].iter().any(|start| dsn.starts_with(start));
        if !known {
            let scheme = dsn.split_once(':').map_or("a text without scheme", |(scheme, _)| scheme);
            let message = format!("found {scheme:?}, expected `memory`, `sqlite://…` or `postgres://…`");
            report.problem(&found.place, "dsn", message);
        }
    }
}

fn schemas(node: &Node, report: &mut Report) {
    let path = "identity.schemas";
    let schemas = node.at(path).map(Node::items).unwrap_or_default();
    if schemas.is_empty() {
        report.problem(&place(node, path), path, "missing; a server needs at least one identity schema: `- { id: default, url: \"file://./identity.schema.json\" }`");
        return;
    }
    let mut ids: HashMap<&str, &Place> = HashMap::new();
    for (index, schema) in schemas.iter().enumerate() {
        for key in ["id", "url"].iter().filter(|key| schema.at(key).is_none()) {
            report.problem(&schema.place, &format!("{path}[{index}].{key}"), "missing");
        }
        if let Some(id) = schema.at("id").and_then(Node::text)
            && let Some(first) = ids.insert(id, &schema.place)
        {
            report.problem(
                &schema.place,
                &format!("{path}[{index}].id"),
                format!("`{id}` stands here twice; first at {first}"),
            );
        }
    }
    let default = node.at("identity.default_schema_id");
    let wanted = default.and_then(Node::text).unwrap_or("default");
    if !ids.contains_key(wanted) {
        let mut list: Vec<&str> = ids.into_keys().collect();
        list.sort_unstable();
        let message = format!("no schema has the id `{wanted}`; identity.schemas has `{}`", list.join("`, `"));
        let at = default.map_or_else(|| place(node, path), |node| node.place.clone());
        report.problem(&at, "identity.default_schema_id", message);
    }
}

fn secrets(node: &Node, dev: bool, report: &mut Report) {
    let mut given = HashMap::new();
    for name in ["default", "cookie", "cipher", "pagination"] {
        let path = format!("secrets.{name}");
        let list = node.at(&path).map(Node::items).unwrap_or_default();
        given.insert(name, !list.is_empty());
        for (index, secret) in list.iter().enumerate() {
            let length = secret.text().map_or(0, str::len);
            let path = format!("{path}[{index}]");
            if name == "cipher" && length != 32 {
                report.problem(&secret.place, &path, format!("found {length} bytes, expected exactly 32"));
            } else if length < 16 {
                report.problem(&secret.place, &path, format!("found {length} bytes, expected at least 16"));
            }
        }
    }
    let has = |name: &str| given.get(name).copied().unwrap_or_default();
    if dev || has("default") {
        return;
    }
    let mend = "`nexus-identity keys generate` prints a block of secrets; --dev does without";
    if !has("cookie") {
        report.problem(&Place::Nowhere, "secrets.cookie", format!("missing, and so is secrets.default; {mend}"));
    }
    let encrypts = node.at("ciphers.algorithm").and_then(Node::text) != Some("noop");
    if encrypts && !has("cipher") {
        report.problem(&Place::Nowhere, "secrets.cipher", format!("missing, and so is secrets.default; {mend}"));
    }
}

fn methods(node: &Node, report: &mut Report) {
    let at = |name: &str| format!("selfservice.methods.{name}");
    let code = at("code");
    if is(node, &format!("{code}.passwordless_enabled"), false) && is(node, &format!("{code}.mfa_enabled"), false) {
        let path = format!("{code}.mfa_enabled");
        let message =
            "a code is either the first factor (`passwordless_enabled`) or the second (`mfa_enabled`); switch one off";
        report.problem(&place(node, &path), &path, message);
    }
    for name in ["webauthn", "passkey"] {
        if !is(node, &at(&format!("{name}.enabled")), false) {
            continue;
        }
        for key in ["id", "display_name"] {
            let path = at(&format!("{name}.config.rp.{key}"));
            if node.at(&path).is_none() {
                report.problem(&place(node, &at(name)), &path, format!("missing; {name} needs it when it is enabled"));
            }
        }
    }
    let providers = at("oidc.config.providers");
    let mut ids = HashMap::new();
    for (index, provider) in node.at(&providers).map(Node::items).unwrap_or_default().iter().enumerate() {
        let path = format!("{providers}[{index}]");
        for key in ["id", "provider", "client_id", "mapper_url"].iter().filter(|key| provider.at(key).is_none()) {
            report.problem(&provider.place, &format!("{path}.{key}"), "missing");
        }
        if let Some(id) = provider.at("id").and_then(Node::text)
            && let Some(first) = ids.insert(id, &provider.place)
        {
            report.problem(
                &provider.place,
                &format!("{path}.id"),
                format!("`{id}` stands here twice; first at {first}"),
            );
        }
    }
    let flows = [("recovery", "recovery"), ("verification", "verification")];
    for (flow, name) in flows {
        let base = format!("selfservice.flows.{flow}");
        let wanted = node.at(&format!("{base}.use")).and_then(Node::text).unwrap_or("code");
        if is(node, &format!("{base}.enabled"), false) && !is(node, &at(&format!("{wanted}.enabled")), wanted == "code")
        {
            let message = format!("{name} uses the method `{wanted}`, which is switched off; enable {}", at(wanted));
            report.warn(&place(node, &base), &format!("{base}.use"), message);
        }
    }
}

fn courier(node: &Node, report: &mut Report) {
    let uri = node.at("courier.smtp.connection_uri");
    if let Some(uri) = uri
        && !uri.text().is_some_and(|text| text.starts_with("smtp://") || text.starts_with("smtps://"))
    {
        report.problem(
            &uri.place,
            "courier.smtp.connection_uri",
            "expected a URL that begins with `smtp://` or `smtps://`",
        );
    }
    let http = node.at("courier.delivery_strategy").and_then(Node::text) == Some("http");
    let path = "courier.http.request_config.url";
    if http && node.at(path).is_none() {
        report.problem(&place(node, "courier.delivery_strategy"), path, "missing; `delivery_strategy: http` needs it");
    }
    let channels = node.at("courier.channels").map(Node::items).unwrap_or_default();
    for (index, channel) in channels.iter().enumerate() {
        for key in ["id", "request_config.url"].iter().filter(|key| channel.at(key).is_none()) {
            report.problem(&channel.place, &format!("courier.channels[{index}].{key}"), "missing");
        }
    }
    if !http && uri.is_none() && node.at("nexus.mailbox_dir").is_none() {
        let message = "neither this nor nexus.mailbox_dir is set, so mails stay in the queue";
        report.warn(&Place::Nowhere, "courier.smtp.connection_uri", message);
    }
    let leak = "log.leak_sensitive_values";
    if is(node, leak, false) {
        report.warn(&place(node, leak), leak, "has no effect: this server never logs secrets, tokens or codes");
    }
}

fn cookies(node: &Node, dev: bool, report: &mut Report) {
    for section in ["cookies", "session.cookie"] {
        let same_site = node.at(&format!("{section}.same_site"));
        let secure = is(node, &format!("{section}.secure"), is(node, "cookies.secure", !dev));
        if let Some(found) = same_site.filter(|node| node.text() == Some("None") && !secure) {
            let message = "browsers drop a cookie with `None` that is not Secure; `Lax` is used instead";
            report.warn(&found.place, &format!("{section}.same_site"), message);
        }
    }
}
