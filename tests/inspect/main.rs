//! `mapstorm inspect` on real programs: Cyrus, LMDB, SQLite, PostgreSQL, a container, a stuck process.
//! What inspect reports is compared with what this test reads from /proc itself.
#![cfg(target_os = "linux")]

mod cyrus;
mod databases;
mod hidden;
mod inspection;
mod machine;
mod mapper;
#[path = "../support/needs.rs"]
mod needs;
mod postgresql;
#[path = "../support/processes.rs"]
mod processes;
mod seen;
mod server;
mod session;
mod states;
mod traced;
