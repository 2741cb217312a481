//! The plugin as a whole: configuration, clock, what is shared.

use crate::{calls, config::Config, feed, keys, stream::Stream, vm};
use proxy_wasm::{
    hostcalls,
    traits::{Context, HttpContext, RootContext},
    types::ContextType,
};
use std::{rc::Rc, time::Duration};

/// From tick to tick.
pub(crate) const TICK: Duration = Duration::from_millis(100);
/// Ticks from one report of numbers to the next.
const REPORT: u32 = 20;
/// Ticks from one look at the age of key sets to the next.
const KEYS: u32 = 5;

/// The plugin as a whole.
pub(crate) struct Root {
    id: u32,
    config: Option<Rc<Config>>,
    ticks: u32,
}

impl Root {
    pub(crate) fn new(id: u32) -> Self {
        Self { id, config: None, ticks: 0 }
    }
}

impl Context for Root {
    fn on_http_call_response(&mut self, token: u32, headers: usize, body: usize, _: usize) {
        if !feed::answered(token, headers, body) && !keys::answered(token, headers, body) {
            calls::answered(token, self.id, headers, body);
        }
    }
}

impl RootContext for Root {
    /// A configuration that cannot be used is refused, and Envoy goes on with the one before it.
    fn on_configure(&mut self, size: usize) -> bool {
        let bytes = hostcalls::get_buffer(proxy_wasm::types::BufferType::PluginConfiguration, 0, size)
            .ok()
            .flatten()
            .unwrap_or_default();
        let config = match Config::read(&bytes) {
            Ok(config) => Rc::new(config),
            Err(error) => {
                log::error!("{error}");
                return false;
            }
        };
        vm::with(|vm| {
            let memory = &config.memory;
            vm.state.facts.configure(memory.max_entries, memory.max_bytes, Duration::from_millis(memory.staleness_ms));
            vm.config = Some(Rc::clone(&config));
            vm.root = self.id;
        });
        let ticks = hostcalls::set_tick_period(TICK).is_ok();
        self.config = Some(config);
        ticks
    }

    fn on_tick(&mut self) {
        calls::tick(self.id);
        if vm::with(|vm| vm.root) != self.id {
            return;
        }
        if let Some(feed) = self.config.as_ref().and_then(|config| config.feed.as_ref()) {
            feed::tick(feed);
        }
        self.ticks = self.ticks.wrapping_add(1);
        if let (Some(config), true) = (&self.config, self.ticks % KEYS == 1) {
            keys::tick(config);
        }
        if self.ticks.is_multiple_of(REPORT) {
            vm::with(|vm| vm.metrics.tick(&vm.state.facts, vm.host.now()));
        }
    }

    fn create_http_context(&self, id: u32) -> Option<Box<dyn HttpContext>> {
        // Without a configuration there is no context, and without a context Envoy fails the request.
        self.config.as_ref().map(|config| Box::new(Stream::new(id, Rc::clone(config))) as Box<dyn HttpContext>)
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}
