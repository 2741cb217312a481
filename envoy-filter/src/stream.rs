//! One request.

use crate::{
    calls::{self, Running},
    config::Config,
    headers, vm,
    vm::Waits,
};
use access_rules::{Reply, handlers::Mode};
use proxy_wasm::{
    hostcalls,
    traits::{Context, HttpContext},
    types::{Action, BufferType, MapType},
};
use std::{rc::Rc, sync::Arc};

/// One request.
pub(crate) struct Stream {
    id: u32,
    config: Rc<Config>,
}

impl Stream {
    pub(crate) fn new(id: u32, config: Rc<Config>) -> Self {
        Self { id, config }
    }
}

impl Context for Stream {
    fn on_http_call_response(&mut self, token: u32, headers: usize, body: usize, _: usize) {
        calls::answered(token, self.id, headers, body);
    }
}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _: usize, ended: bool) -> Action {
        let Ok(lines) = hostcalls::get_map_bytes(MapType::HttpRequestHeaders) else {
            calls::refuse();
            return Action::Pause;
        };
        let read = headers::read(lines, &self.config);
        let flow = vm::with(|vm| {
            self.config.engine.decide(read.parts, Mode::Proxy, &Arc::clone(&vm.host), &Arc::clone(&vm.state))
        });
        calls::begin(self.id, flow, Rc::clone(&self.config), read.remove, ended)
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        calls::dress_answer(self.id);
        Action::Continue
    }

    fn on_http_request_body(&mut self, size: usize, ended: bool) -> Action {
        let waits_for_body = vm::with(|vm| {
            let pending = vm.pending.get_mut(&self.id)?;
            pending.ended |= ended;
            pending.has_body |= size > 0;
            Some(matches!(pending.waits, Waits::Body))
        });
        match waits_for_body {
            // Decided already: the body passes.
            None => Action::Continue,
            Some(false) => Action::Pause,
            Some(true) if size > self.config.max_body => calls::resume(self.id, Reply::Body(None), Running::Own),
            Some(true) if !ended => Action::Pause,
            Some(true) => {
                let body =
                    if size == 0 { Ok(None) } else { hostcalls::get_buffer(BufferType::HttpRequestBody, 0, size) };
                let body = body.ok().map(Option::unwrap_or_default);
                calls::resume(self.id, Reply::Body(body), Running::Own)
            }
        }
    }

    fn on_http_request_trailers(&mut self, _: usize) -> Action {
        calls::clean_trailers(&self.config);
        let waits_for_body = vm::with(|vm| {
            let pending = vm.pending.get_mut(&self.id)?;
            pending.ended = true;
            Some(matches!(pending.waits, Waits::Body))
        });
        match waits_for_body {
            None => Action::Continue,
            Some(false) => Action::Pause,
            Some(true) => calls::resume(self.id, Reply::Body(calls::buffered_body(self.config.max_body)), Running::Own),
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        calls::forget(self.id);
    }
}
