//! Key sets are fetched outside of requests: the worker that holds the lease asks in time, the others find the sets in
//! the memory that workers share.

use crate::{calls, config::Config, feed, vm};
use access_rules::{Answer, Failure, Flow, Reply, Step};

/// A round of fetches under way.
pub(crate) struct Round {
    flow: Flow<()>,
    /// Envoy's numbers of the calls, in their order.
    tokens: Vec<Option<u32>>,
    results: Vec<Option<Result<Answer, Failure>>>,
}

/// Begins a round when the last has ended.
pub(crate) fn tick(config: &Config) {
    if !config.engine.fetches_keys() || vm::with(|vm| vm.keys.is_some()) {
        return;
    }
    let now = vm::with(|vm| vm.host.now());
    if !feed::holds_lease(now) {
        return;
    }
    let flow = vm::with(|vm| config.engine.keep_keys_fresh(&vm.host, &vm.state));
    advance(Round { flow, tokens: Vec::new(), results: Vec::new() }, None);
}

fn advance(mut round: Round, reply: Option<Reply>) {
    let Some(Step::Wait(access_rules::Effect::Call(callouts))) = round.flow.resume(reply) else { return };
    round.tokens.clear();
    round.results.clear();
    for callout in &callouts {
        let token = calls::send(callout).ok();
        round.results.push(if token.is_none() { Some(Err(Failure::Unreachable)) } else { None });
        round.tokens.push(token);
    }
    settle(round);
}

/// Goes on when all answers have come.
fn settle(mut round: Round) {
    if round.results.iter().any(Option::is_none) {
        vm::with(|vm| vm.keys = Some(round));
        return;
    }
    let results = round.results.drain(..).map(|result| result.unwrap_or(Err(Failure::Malformed))).collect();
    advance(round, Some(Reply::Called(results)));
}

/// The answer to a fetch; `false` when the call was another one.
pub(crate) fn answered(token: u32, headers: usize, body: usize) -> bool {
    let Some(mut round) = vm::with(|vm| match &vm.keys {
        Some(round) if round.tokens.contains(&Some(token)) => vm.keys.take(),
        _ => None,
    }) else {
        return false;
    };
    let result = if headers == 0 { Err(Failure::Unreachable) } else { calls::read_answer(body) };
    for (known, slot) in round.tokens.iter().zip(&mut round.results) {
        if *known == Some(token) {
            *slot = Some(result.clone());
        }
    }
    settle(round);
    true
}
