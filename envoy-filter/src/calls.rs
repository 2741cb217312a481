//! Requests that wait, and the calls that they wait for.
//!
//! Envoy binds a call to the stream that makes it, and the SDK gives its answer to the context whose callback was
//! running. So a call is made at once only for the request whose callback runs; for any other it is left to the root
//! context's next tick. A shared call whose request goes away is made anew for those that wait for it.

use crate::{
    config::Config,
    headers::is_forwarded,
    vm::{self, Deferred, Flight, Pending, Waits},
};
use access_rules::{Answer, Callout, Effect, Failure, Flow, Grant, Outcome, Reply, Response, Step, Verdict};
use proxy_wasm::{
    hostcalls,
    types::{Action, BufferType, MapType, Status},
};
use std::{rc::Rc, time::Duration};

/// From tick to tick when something waits for the next one.
const FAST_TICK: Duration = Duration::from_millis(5);

/// Which callback runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Running {
    /// That of the request itself, at its headers or body: the result is the callback's.
    Own,
    /// That of the request itself, at the answer to its call.
    Answered,
    /// That of another context.
    Other,
}

/// Begins to decide about a request; what Envoy is to do with it meanwhile.
pub(crate) fn begin(id: u32, flow: Flow<Outcome>, config: Rc<Config>, remove: Vec<String>, ended: bool) -> Action {
    let pending = Pending { flow, config, remove, waits: Waits::Body, ended, has_body: false };
    advance(id, pending, None, Running::Own)
}

/// Moves a request on with a reply.
pub(crate) fn resume(id: u32, reply: Reply, running: Running) -> Action {
    match vm::with(|vm| vm.pending.remove(&id)) {
        Some(pending) => advance(id, pending, Some(reply), running),
        None => Action::Continue,
    }
}

fn advance(id: u32, mut pending: Pending, mut reply: Option<Reply>, running: Running) -> Action {
    loop {
        match pending.flow.resume(reply.take()) {
            Some(Step::Done(outcome)) => return finish(id, &pending, outcome, running),
            Some(Step::Wait(Effect::Call(callouts))) => {
                let count = callouts.len();
                pending.waits = Waits::Calls(vec![None; count]);
                let most = pending.config.max_calls;
                for (place, callout) in callouts.into_iter().enumerate() {
                    if let Some(failure) = place_call(id, place, callout, most, running)
                        && let Waits::Calls(results) = &mut pending.waits
                        && let Some(slot) = results.get_mut(place)
                    {
                        *slot = Some(Err(failure));
                    }
                }
                // Calls that cannot even begin have no callback: the flow goes on at once.
                match complete(&mut pending.waits) {
                    Some(all) => reply = Some(all),
                    None => break,
                }
            }
            Some(Step::Wait(Effect::Sleep(pause))) => {
                pending.waits = Waits::Until(vm::with(|vm| vm.host.now()).saturating_add(pause));
                tick_fast();
                break;
            }
            Some(Step::Wait(Effect::Body)) => {
                if pending.ended {
                    // What came while the request waited for something else stands in Envoy's buffer.
                    reply = Some(Reply::Body(if pending.has_body {
                        buffered_body(pending.config.max_body)
                    } else {
                        Some(Vec::new())
                    }));
                } else {
                    pending.waits = Waits::Body;
                    break;
                }
            }
            None => {
                log::error!("a decision came to no end");
                refuse();
                return Action::Pause;
            }
        }
    }
    vm::with(|vm| vm.pending.insert(id, pending));
    Action::Pause
}

/// The body that Envoy has buffered; `None` when it is larger than is kept.
pub(crate) fn buffered_body(most: usize) -> Option<Vec<u8>> {
    let body = hostcalls::get_buffer(BufferType::HttpRequestBody, 0, most.saturating_add(1)).ok()?.unwrap_or_default();
    (body.len() <= most).then_some(body)
}

/// All answers, when all have come.
fn complete(waits: &mut Waits) -> Option<Reply> {
    let Waits::Calls(results) = waits else { return None };
    if results.iter().any(Option::is_none) {
        return None;
    }
    Some(Reply::Called(results.drain(..).map(|result| result.unwrap_or(Err(Failure::Malformed))).collect()))
}

/// Makes a call, joins one that is under way, or leaves it to the next tick. A failure is one that shows at once.
fn place_call(id: u32, place: usize, callout: Callout, most: usize, running: Running) -> Option<Failure> {
    let joined = vm::with(|vm| {
        let token = callout.share.and_then(|key| vm.shared.get(&key).copied())?;
        let flight = vm.flights.get_mut(&token)?;
        flight.waiters.push((id, place));
        Some(())
    });
    if joined.is_some() {
        return None;
    }
    if vm::with(|vm| vm.flights.len()) >= most {
        return Some(Failure::Overloaded);
    }
    if running == Running::Other {
        vm::with(|vm| vm.deferred.push(Deferred { callout, waiters: vec![(id, place)] }));
        tick_fast();
        return None;
    }
    dispatch(callout, vec![(id, place)]).err().map(|(failure, _)| failure)
}

type Waiters = Vec<(u32, usize)>;

fn dispatch(callout: Callout, waiters: Waiters) -> Result<(), (Failure, Waiters)> {
    match send(&callout) {
        Ok(token) => {
            vm::with(|vm| {
                if let Some(key) = callout.share {
                    vm.shared.insert(key, token);
                }
                vm.flights.insert(token, Flight { callout, waiters });
            });
            Ok(())
        }
        Err(status) => {
            log::warn!("a call to {} cannot be made: {status:?}", callout.endpoint.origin());
            Err((Failure::Unreachable, waiters))
        }
    }
}

/// Makes a call for the context whose callback runs; Envoy's number for it.
pub(crate) fn send(callout: &Callout) -> Result<u32, Status> {
    let authority = callout.endpoint.authority();
    let texts: Vec<(&str, String)> = callout
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value).into_owned()))
        .collect();
    let own_host = texts.iter().find(|(name, _)| *name == "host").map(|(_, value)| value.as_str());
    let mut headers: Vec<(&str, &str)> = vec![
        (":method", &callout.method),
        (":path", &callout.target),
        (":authority", own_host.unwrap_or(&authority)),
        (":scheme", callout.endpoint.scheme()),
    ];
    headers.extend(texts.iter().filter(|(name, _)| *name != "host").map(|(name, value)| (*name, value.as_str())));
    let length = callout.body.len().to_string();
    if !callout.body.is_empty() || matches!(callout.method.as_str(), "POST" | "PUT" | "PATCH") {
        headers.push(("content-length", &length));
    }
    let body = (!callout.body.is_empty()).then_some(callout.body.as_slice());
    hostcalls::dispatch_http_call(&callout.endpoint.cluster(), headers, body, Vec::new(), callout.deadline)
}

/// The answer to a call has come; `context` is the one whose callback runs.
pub(crate) fn answered(token: u32, context: u32, headers: usize, body: usize) {
    let Some(flight) = vm::with(|vm| {
        let flight = vm.flights.remove(&token)?;
        if let Some(key) = flight.callout.share
            && vm.shared.get(&key) == Some(&token)
        {
            vm.shared.remove(&key);
        }
        Some(flight)
    }) else {
        return;
    };
    let result = if headers == 0 { Err(Failure::Unreachable) } else { read_answer(body) };
    deliver(&flight.waiters, &result, context);
}

pub(crate) fn read_answer(size: usize) -> Result<Answer, Failure> {
    let lines = hostcalls::get_map_bytes(MapType::HttpCallResponseHeaders).map_err(|_| Failure::Malformed)?;
    let status = lines
        .iter()
        .find(|(name, _)| name == ":status")
        .and_then(|(_, value)| std::str::from_utf8(value).ok()?.parse().ok());
    let status = status.ok_or(Failure::Malformed)?;
    let body = match size {
        0 => Vec::new(),
        size => hostcalls::get_buffer(BufferType::HttpCallResponseBody, 0, size)
            .map_err(|_| Failure::Malformed)?
            .unwrap_or_default(),
    };
    Ok(Answer { status, headers: lines, body })
}

/// Hands a result to everyone who waits for it.
fn deliver(waiters: &[(u32, usize)], result: &Result<Answer, Failure>, context: u32) {
    for (id, place) in waiters {
        let ready = vm::with(|vm| {
            let pending = vm.pending.get_mut(id)?;
            if let Waits::Calls(results) = &mut pending.waits
                && let Some(slot) = results.get_mut(*place)
            {
                *slot = Some(result.clone());
            }
            complete(&mut pending.waits)
        });
        if let Some(reply) = ready {
            go_on(*id, reply, context);
        }
    }
}

/// Moves a request on from the callback of `context`.
fn go_on(id: u32, reply: Reply, context: u32) {
    if id != context && hostcalls::set_effective_context(id).is_err() {
        vm::with(|vm| vm.pending.remove(&id));
        return;
    }
    resume(id, reply, if id == context { Running::Answered } else { Running::Other });
    if id != context {
        let _ = hostcalls::set_effective_context(context);
    }
}

/// A request is over. Others that wait for a call of its own get a new one.
pub(crate) fn forget(id: u32) {
    let orphaned = vm::with(|vm| {
        if !vm.answers.is_empty() {
            vm.answers.remove(&id);
        }
        vm.pending.remove(&id)?;
        // The maker of a call is the first who waits for it.
        let tokens: Vec<u32> = vm
            .flights
            .iter()
            .filter(|(_, flight)| flight.waiters.first().is_some_and(|(maker, _)| *maker == id))
            .map(|(token, _)| *token)
            .collect();
        let mut orphaned = false;
        for token in tokens {
            let Some(mut flight) = vm.flights.remove(&token) else { continue };
            if let Some(key) = flight.callout.share {
                vm.shared.remove(&key);
            }
            flight.waiters.retain(|(waiter, _)| *waiter != id);
            if !flight.waiters.is_empty() {
                vm.deferred.push(Deferred { callout: flight.callout, waiters: flight.waiters });
                orphaned = true;
            }
        }
        for flight in vm.flights.values_mut() {
            flight.waiters.retain(|(waiter, _)| *waiter != id);
        }
        Some(orphaned)
    });
    if orphaned == Some(true) {
        tick_fast();
    }
}

/// What was left to the root context.
pub(crate) fn tick(root: u32) {
    let now = vm::with(|vm| vm.host.now());
    let (deferred, due) = vm::with(|vm| {
        let due: Vec<u32> = vm
            .pending
            .iter()
            .filter(|(_, pending)| matches!(pending.waits, Waits::Until(moment) if moment <= now))
            .map(|(id, _)| *id)
            .collect();
        (std::mem::take(&mut vm.deferred), due)
    });
    for Deferred { callout, waiters } in deferred {
        // Envoy binds the call to the first request that still waits; the SDK gives the answer to the root.
        let alive: Waiters = vm::with(|vm| waiters.into_iter().filter(|(id, _)| vm.pending.contains_key(id)).collect());
        let Some((maker, _)) = alive.first().copied() else { continue };
        if hostcalls::set_effective_context(maker).is_err() {
            continue;
        }
        let made = dispatch(callout, alive);
        let _ = hostcalls::set_effective_context(root);
        if let Err((failure, waiters)) = made {
            deliver(&waiters, &Err(failure), root);
        }
    }
    for id in due {
        go_on(id, Reply::Woke, root);
    }
    let idle = vm::with(|vm| {
        vm.deferred.is_empty() && !vm.pending.values().any(|pending| matches!(pending.waits, Waits::Until(_)))
    });
    if idle {
        tick_slowly();
    }
}

fn tick_fast() {
    if vm::with(|vm| !std::mem::replace(&mut vm.ticks_fast, true)) {
        let _ = hostcalls::set_tick_period(FAST_TICK);
    }
}

fn tick_slowly() {
    if vm::with(|vm| std::mem::replace(&mut vm.ticks_fast, false)) {
        let _ = hostcalls::set_tick_period(crate::root::TICK);
    }
}

/// Carries out what was decided.
fn finish(id: u32, pending: &Pending, outcome: Outcome, running: Running) -> Action {
    if pending.config.tells_log {
        tell_log(&outcome);
    }
    match outcome.verdict {
        Verdict::Pass(grant) => match pass(&grant, &pending.remove, &pending.config) {
            Ok(()) => {
                if !grant.answer.is_empty() {
                    vm::with(|vm| vm.answers.insert(id, grant.answer));
                }
                if running != Running::Own {
                    let _ = hostcalls::resume_http_request();
                }
                Action::Continue
            }
            Err(()) => {
                refuse();
                Action::Pause
            }
        },
        Verdict::Refuse(response, denial) => {
            let rule = outcome.rule.as_ref().map_or("", |rule| rule.id.as_str());
            let reason = denial.reason.as_deref().unwrap_or_default();
            if denial.status >= 500 {
                log::warn!("rule {rule:?}: {} ({reason})", denial.message);
            } else if pending.config.engine.logs_denials() {
                log::info!("refused by rule {rule:?} with {}: {} ({reason})", denial.status, denial.message);
            }
            answer(&response);
            Action::Pause
        }
        Verdict::Answer(response) => {
            answer(&response);
            Action::Pause
        }
    }
}

/// Changes the request for its upstream. Every call into Envoy costs, so only what differs is written.
fn pass(grant: &Grant, remove: &[String], config: &Config) -> Result<(), ()> {
    let headers = MapType::HttpRequestHeaders;
    for name in remove.iter().chain(&grant.remove) {
        hostcalls::remove_map_value(headers, name).map_err(|_| ())?;
    }
    for (name, values) in &grant.set {
        let mut values = values.iter();
        hostcalls::set_map_value_bytes(headers, name, Some(values.next().map_or(&[], |value| value.as_bytes())))
            .map_err(|_| ())?;
        for value in values {
            hostcalls::add_map_value_bytes(headers, name, value.as_bytes()).map_err(|_| ())?;
        }
    }
    if let Some(target) = &grant.target {
        hostcalls::set_map_value_bytes(headers, ":path", Some(target.as_bytes())).map_err(|_| ())?;
    }
    if let Some(upstream) = &grant.upstream
        && !upstream.route.is_empty()
    {
        hostcalls::set_map_value_bytes(headers, &config.route_header, Some(upstream.route.as_bytes()))
            .map_err(|_| ())?;
    }
    Ok(())
}

/// Tells Envoy's access log what was decided, as filter state.
fn tell_log(outcome: &Outcome) {
    let decision = match &outcome.verdict {
        Verdict::Pass(_) => "pass",
        Verdict::Refuse(..) => "refuse",
        Verdict::Answer(_) => "preflight",
    };
    let rule = outcome.rule.as_ref().map_or("", |rule| rule.id.as_str());
    for (name, value) in [("nexus_rule", rule), ("nexus_subject", &outcome.subject), ("nexus_decision", decision)] {
        let _ = hostcalls::set_property(vec![name], Some(value.as_bytes()));
    }
}

/// The headers of CORS on the upstream's answer: in place of its own, but for those that say on what it depends.
pub(crate) fn dress_answer(id: u32) {
    let Some(lines) = vm::with(|vm| if vm.answers.is_empty() { None } else { vm.answers.remove(&id) }) else { return };
    let headers = MapType::HttpResponseHeaders;
    for (name, value) in lines {
        let _ = match name.as_str() {
            "vary" => hostcalls::add_map_value(headers, &name, &value),
            _ => hostcalls::set_map_value(headers, &name, Some(&value)),
        };
    }
}

fn answer(response: &Response) {
    let headers = response.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let _ = hostcalls::send_http_response(u32::from(response.status), headers, Some(response.body.as_bytes()));
}

/// The answer when the filter itself fails.
pub(crate) fn refuse() {
    let body = b"{\"error\":{\"code\":500,\"status\":\"Internal Server Error\",\"message\":\"An internal server error occurred, please contact the system administrator\"}}\n";
    let _ = hostcalls::send_http_response(500, vec![("content-type", "application/json")], Some(body));
}

/// Removes what rules set, and untrusted words about the way, from the trailers of a request.
pub(crate) fn clean_trailers(config: &Config) {
    let Ok(lines) = hostcalls::get_map_bytes(MapType::HttpRequestTrailers) else { return };
    for (name, _) in lines {
        if config.engine.owns(&name) || name == config.route_header || is_forwarded(&name) {
            let _ = hostcalls::remove_map_value(MapType::HttpRequestTrailers, &name);
        }
    }
}
