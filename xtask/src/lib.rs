//! The library behind `cargo xtask`: finding and installing tools, building the artefacts, and running the
//! whole stack. The end-to-end tests use the same [`stack`] that `cargo xtask up` starts, so what is tested is
//! what is run.

pub mod artefacts;
pub mod commands;
pub mod compress;
pub mod console;
pub mod ports;
pub mod postgres;
pub mod probe;
pub mod process;
pub mod runner;
pub mod stack;
pub mod tools;
pub mod workspace;
