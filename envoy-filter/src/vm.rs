//! What all contexts of a VM share. A VM belongs to one worker thread, so nothing here is ever contended.

use crate::{
    config::Config,
    feed::{FeedState, Metrics},
    host::{Envoy, secret},
    keys::Round,
};
use access_rules::{Answer, Callout, Failure, Flow, Host, Outcome, State};
use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc, time::Duration};

/// A request that waits for something.
pub(crate) struct Pending {
    pub(crate) flow: Flow<Outcome>,
    pub(crate) config: Rc<Config>,
    /// Headers that must not get any further.
    pub(crate) remove: Vec<String>,
    pub(crate) waits: Waits,
    /// Whether the request has no body, or all of it was seen.
    pub(crate) ended: bool,
    /// Whether any of its body was seen.
    pub(crate) has_body: bool,
}

/// What a request waits for.
pub(crate) enum Waits {
    /// Answers; those that have come.
    Calls(Vec<Option<Result<Answer, Failure>>>),
    /// Its own body.
    Body,
    /// A moment.
    Until(Duration),
}

/// A call under way, and who waits for it.
pub(crate) struct Flight {
    pub(crate) callout: Callout,
    pub(crate) waiters: Vec<(u32, usize)>,
}

/// A call for requests whose callback is not the one that runs: the root context makes it at its next tick.
pub(crate) struct Deferred {
    pub(crate) callout: Callout,
    pub(crate) waiters: Vec<(u32, usize)>,
}

/// What all contexts of a VM share.
pub(crate) struct Vm {
    pub(crate) host: Arc<dyn Host>,
    pub(crate) state: Arc<State>,
    pub(crate) config: Option<Rc<Config>>,
    /// The root context that was configured last; it alone follows the feed.
    pub(crate) root: u32,
    pub(crate) pending: HashMap<u32, Pending>,
    /// Calls under way by Envoy's number for them.
    pub(crate) flights: HashMap<u32, Flight>,
    /// Shared calls by their key.
    pub(crate) shared: HashMap<[u8; 16], u32>,
    pub(crate) deferred: Vec<Deferred>,
    /// Headers for answers of upstreams.
    pub(crate) answers: HashMap<u32, Vec<(String, String)>>,
    pub(crate) ticks_fast: bool,
    pub(crate) feed: FeedState,
    /// The round of fetches of key sets that is under way.
    pub(crate) keys: Option<Round>,
    pub(crate) metrics: Metrics,
}

thread_local! {
    static VM: RefCell<Option<Vm>> = const { RefCell::new(None) };
}

/// Works on the VM's state. Inside, nothing may call back into contexts.
pub(crate) fn with<T>(work: impl FnOnce(&mut Vm) -> T) -> T {
    VM.with(|vm| {
        let mut vm = vm.borrow_mut();
        work(vm.get_or_insert_with(start))
    })
}

fn start() -> Vm {
    Vm {
        host: Arc::new(Envoy),
        state: Arc::new(State::new(secret())),
        config: None,
        root: 0,
        pending: HashMap::new(),
        flights: HashMap::new(),
        shared: HashMap::new(),
        deferred: Vec::new(),
        answers: HashMap::new(),
        ticks_fast: false,
        feed: FeedState::default(),
        keys: None,
        metrics: Metrics::default(),
    }
}
