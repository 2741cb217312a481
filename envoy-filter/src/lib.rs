//! The filter in Envoy: glue between proxy-wasm and the engine of `access-rules`, nothing else.
//!
//! What it takes care of: headers are read in one call and as bytes (the SDK's text getters end the VM on bytes that
//! are no UTF-8); everything that can fail ends in a refusal; nothing is kept per request beyond its end; calls to
//! session stores are shared between requests of a worker; and no header is touched after a request was let go.

mod calls;
mod config;
mod feed;
mod headers;
mod host;
mod keys;
mod root;
mod stream;
mod vm;

mod entry {
    //! The function that Envoy starts with.

    proxy_wasm::main! {{
        proxy_wasm::set_log_level(proxy_wasm::types::LogLevel::Info);
        proxy_wasm::set_root_context(|id| Box::new(crate::root::Root::new(id)));
    }}
}
