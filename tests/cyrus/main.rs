//! Agreement with real Cyrus, in both directions: its `cyr_dbtool` judges our files, we list its files, both edit the same one,
//! and what our writer leaves when it is killed Cyrus can open.
//! Where a real component is missing these tests are skipped with a line that says so; with CI set they fail.

mod conformance;
#[path = "../support/databases.rs"]
mod databases;
mod edits;
mod faults;
mod fixtures;
mod generated;
mod killed;
#[path = "../support/needs.rs"]
mod needs;
mod orders;
mod tool;
