//! The configuration of Envoy: a bootstrap that never changes, and four files that Envoy watches.
//!
//! Order matters when rules change: clusters come before the routes that use them, routes before the filter that
//! names them; what is no longer used goes last. So no request ever meets half a change.

mod bootstrap;
mod clusters;
mod listener;
mod routes;

use crate::config::Config;
use access_rules::{
    Endpoint, Engine,
    plan::{FilterPlan, Plan},
};
use anyhow::Context;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The header that tells Envoy which route a request takes. Clients cannot set it: the filter removes it first.
pub(crate) const ROUTE_HEADER: &str = "x-nexus-route";

/// Where things are.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// The folder that Envoy's files are written to.
    pub(crate) folder: PathBuf,
    /// The filter; without one there is no filter, for comparisons.
    pub(crate) filter: Option<PathBuf>,
}

/// The files that Envoy watches.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Dynamic {
    pub(crate) clusters: BTreeMap<String, Value>,
    pub(crate) routes: BTreeMap<String, routes::Route>,
    pub(crate) filter: Option<Value>,
    pub(crate) listener: Value,
    /// The route of requests without the header: its name and itself.
    default_route: Option<(String, routes::Route)>,
}

/// Gives every upstream its route, in the plan too, and makes the files from it. `before` are the files in use: the
/// route of requests without the header must not change its meaning while both sets of rules are in use.
pub(crate) fn dynamic(
    config: &Config,
    plan: &mut Plan,
    engine: &Engine,
    places: &Places,
    before: Option<&Dynamic>,
) -> anyhow::Result<Dynamic> {
    let mut dynamic =
        Dynamic { listener: listener::listener(config, places, engine.needs_bodies(), plan)?, ..Dynamic::default() };
    let default = match before {
        Some(before) => before.default_route.as_ref().map(|(name, _)| name.clone()),
        None => most_used(plan),
    };
    for rule in &mut plan.rules {
        if rule.upstream.url.is_empty() {
            continue;
        }
        let endpoint = Endpoint::parse(&rule.upstream.url).map_err(anyhow::Error::msg)?;
        let name = routes::name(&endpoint, rule);
        let route = routes::route(config, &endpoint, rule);
        let http2 = rule.upstream.http2;
        dynamic.clusters.insert(clusters::name(&endpoint, http2), clusters::upstream(config, &endpoint, http2));
        if Some(&name) == default.as_ref() {
            // The route of most rules needs no header.
            rule.upstream.route = String::new();
            dynamic.default_route = Some((name, route));
        } else {
            rule.upstream.route.clone_from(&name);
            dynamic.routes.insert(name, route);
        }
    }
    for endpoint in engine.endpoints() {
        let own = || clusters::cluster(config, &endpoint);
        dynamic.clusters.entry(endpoint.cluster()).or_insert_with(own);
    }
    if let Some(feed) = &config.feed {
        let endpoint = Endpoint::parse(&feed.url).map_err(anyhow::Error::msg)?;
        let own = || clusters::cluster(config, &endpoint);
        dynamic.clusters.entry(endpoint.cluster()).or_insert_with(own);
    }
    if let Some(module) = &places.filter {
        dynamic.filter = Some(filter(config, plan, module, engine.needs_bodies())?);
    }
    Ok(dynamic)
}

fn most_used(plan: &Plan) -> Option<String> {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for rule in &plan.rules {
        if let Ok(endpoint) = Endpoint::parse(&rule.upstream.url) {
            *uses.entry(routes::name(&endpoint, rule)).or_default() += 1;
        }
    }
    uses.into_iter().max_by_key(|(_, count)| *count).map(|(name, _)| name)
}

/// The plugin configuration of the filter.
pub(crate) fn filter_plan(config: &Config, plan: &Plan) -> FilterPlan {
    FilterPlan {
        plan: plan.clone(),
        scheme: if config.proxy.tls.is_some() || !config.certificates.is_empty() { "https" } else { "http" }.to_owned(),
        trust_forwarded_headers: config.trust_forwarded_headers,
        route_header: ROUTE_HEADER.to_owned(),
        memory: config.memory,
        feed: config.feed.clone(),
        max_calls: config.max_calls,
        max_body: config.max_body,
        tells_log: config.envoy.access_log.is_some(),
    }
}

fn filter(config: &Config, plan: &Plan, module: &Path, needs_bodies: bool) -> anyhow::Result<Value> {
    let plan = serde_json::to_string(&filter_plan(config, plan)).context("the plan cannot be written")?;
    Ok(json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
        "config": {
            "name": "nexus.access_rules",
            "root_id": "nexus.access_rules",
            // A VM that traps answers 503 and is started anew; nothing ever passes unseen.
            "failure_policy": "FAIL_RELOAD",
            // An authorizer that gets the body of requests needs it before the headers go on.
            "allow_on_headers_stop_iteration": needs_bodies,
            "configuration": { "@type": "type.googleapis.com/google.protobuf.StringValue", "value": plan },
            "vm_config": {
                "vm_id": "nexus.access_rules",
                "runtime": "envoy.wasm.runtime.v8",
                "code": { "local": { "filename": module } },
            },
        },
    }))
}

/// Writes the bootstrap and all watched files.
pub(crate) fn write_all(config: &Config, dynamic: &Dynamic, places: &Places) -> anyhow::Result<PathBuf> {
    let folder = places.folder.join("dynamic");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    write_clusters(&dynamic.clusters, places)?;
    write_routes(&dynamic.routes, dynamic.default_route.as_ref(), places)?;
    write_filter(dynamic, places)?;
    write_listener(dynamic, places)?;
    let path = places.folder.join("envoy.yaml");
    write(&path, &bootstrap::bootstrap(config, places))?;
    Ok(path)
}

/// Brings Envoy from one set of files to the next: first what is new, then the filter, and at the end (with
/// [`finish_change`]) what is gone.
pub(crate) fn begin_change(old: &Dynamic, new: &Dynamic, places: &Places) -> anyhow::Result<()> {
    if new.clusters != old.clusters {
        write_clusters(&union(&old.clusters, &new.clusters), places)?;
    }
    // The old default route stays until the filter names routes by the new plan.
    if new.routes != old.routes || new.default_route != old.default_route {
        let default = old.default_route.as_ref().or(new.default_route.as_ref());
        write_routes(&union(&old.routes, &new.routes), default, places)?;
    }
    Ok(())
}

fn union<T: Clone>(old: &BTreeMap<String, T>, new: &BTreeMap<String, T>) -> BTreeMap<String, T> {
    let mut all = old.clone();
    all.extend(new.clone());
    all
}

/// The second step: the filter with its rules.
pub(crate) fn change_filter(old: &Dynamic, new: &Dynamic, places: &Places) -> anyhow::Result<()> {
    if new.listener != old.listener {
        write_listener(new, places)?;
    }
    if new.filter != old.filter { write_filter(new, places) } else { Ok(()) }
}

/// The last step: what is no longer used goes.
pub(crate) fn finish_change(new: &Dynamic, places: &Places) -> anyhow::Result<()> {
    write_routes(&new.routes, new.default_route.as_ref(), places)?;
    write_clusters(&new.clusters, places)
}

fn write_clusters(clusters: &BTreeMap<String, Value>, places: &Places) -> anyhow::Result<()> {
    write_resources(&places.folder.join("dynamic/clusters.yaml"), clusters.values().cloned().collect())
}

fn write_routes(
    routes: &BTreeMap<String, routes::Route>,
    default: Option<&(String, routes::Route)>,
    places: &Places,
) -> anyhow::Result<()> {
    let default = default.map(|(_, route)| route);
    write_resources(&places.folder.join("dynamic/routes.yaml"), vec![routes::table(routes, default)])
}

fn write_listener(dynamic: &Dynamic, places: &Places) -> anyhow::Result<()> {
    write_resources(&places.folder.join("dynamic/listeners.yaml"), vec![dynamic.listener.clone()])
}

fn write_filter(dynamic: &Dynamic, places: &Places) -> anyhow::Result<()> {
    let Some(filter) = &dynamic.filter else { return Ok(()) };
    let resource = json!({
        "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
        "name": "nexus.access_rules",
        "typed_config": filter,
    });
    write_resources(&places.folder.join("dynamic/filter.yaml"), vec![resource])
}

fn write_resources(path: &Path, resources: Vec<Value>) -> anyhow::Result<()> {
    write(path, &json!({ "resources": resources }))
}

/// Writes beside and moves into place: Envoy sees whole files only, and only moves make it look.
fn write(path: &Path, value: &Value) -> anyhow::Result<()> {
    let text = serde_norway::to_string(value).context("YAML cannot be written")?;
    let draft = path.with_extension("draft");
    std::fs::write(&draft, text).with_context(|| format!("cannot write {}", draft.display()))?;
    std::fs::rename(&draft, path).with_context(|| format!("cannot write {}", path.display()))
}
