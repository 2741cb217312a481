//! The identity server: registration, login, sessions and the rest of the Ory Kratos contract.
//!
//! Arrows between the modules point down: `http` → `flows` → `strategies`, `hooks` → `store`, `schema`, `hashing`,
//! `crypto` → `model`, `config`. A strategy decides, a flow acts, and all that one submission changes is committed in
//! one transaction.

pub mod audit;
pub mod config;
pub mod courier;
pub mod crypto;
pub mod doctor;
pub mod flows;
pub mod hashing;
pub mod http;
pub mod jobs;
pub mod jsonnet;
pub mod metrics;
pub mod model;
pub mod outbound;
pub mod password;
pub mod resource;
pub mod schema;
pub mod store;
pub mod throttle;
