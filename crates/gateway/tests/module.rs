//! The compiled filter itself.

use std::{collections::BTreeSet, path::PathBuf};

/// What Envoy offers a filter, beside the calls of proxy-wasm (`env.proxy_*`): the part of WASI that it has. A module
/// that asks for anything else does not load.
const OFFERED: &[&str] = &[
    "args_get",
    "args_sizes_get",
    "clock_res_get",
    "clock_time_get",
    "environ_get",
    "environ_sizes_get",
    "fd_close",
    "fd_fdstat_get",
    "fd_read",
    "fd_seek",
    "fd_write",
    "path_filestat_get",
    "path_open",
    "poll_oneoff",
    "proc_exit",
    "random_get",
    "sched_yield",
];

/// Reads a module byte by byte (WebAssembly core specification, 5.5).
struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn take(&mut self, count: usize) -> &'b [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    /// LEB128
    fn number(&mut self) -> usize {
        let (mut number, mut shift) = (0usize, 0);
        loop {
            let byte = self.take(1)[0];
            number |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return number;
            }
        }
    }

    fn name(&mut self) -> String {
        let length = self.number();
        String::from_utf8(self.take(length).to_vec()).unwrap()
    }
}

#[test]
#[ignore = "needs the filter: cargo xtask test"]
fn the_filter_asks_envoy_for_nothing_that_it_does_not_offer() {
    let path = PathBuf::from(std::env::var_os("NEXUS_FILTER").expect("NEXUS_FILTER names no filter"));
    let module = std::fs::read(&path).unwrap();
    let mut bytes = Bytes(&module);
    assert_eq!(bytes.take(8), b"\0asm\x01\0\0\0");
    let mut imports = BTreeSet::new();
    while !bytes.0.is_empty() {
        let (kind, size) = (bytes.take(1)[0], bytes.number());
        let mut section = Bytes(bytes.take(size));
        if kind != 2 {
            continue;
        }
        for _ in 0..section.number() {
            let (from, name) = (section.name(), section.name());
            assert_eq!(section.take(1), [0], "{from}.{name} is no function");
            section.number();
            imports.insert(format!("{from}.{name}"));
        }
    }
    assert!(imports.contains("env.proxy_get_header_map_pairs"), "{imports:?}");
    let strange: Vec<&String> = imports
        .iter()
        .filter(|name| match name.split_once('.') {
            Some(("env", name)) => !name.starts_with("proxy_"),
            Some(("wasi_snapshot_preview1", name)) => !OFFERED.contains(&name),
            _ => true,
        })
        .collect();
    assert!(strange.is_empty(), "{strange:?}");
}
