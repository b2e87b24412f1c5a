//! Fingerprints of an audio library: thirteen features of each track, measured from windows of it that SQLite holds.
//!
//! [`repository`] holds the cached functions, [`optimizer`] chooses one of three strategies for each request, and
//! [`validator`] compares what is cached with what is measured afresh. [`tour`] shows all of it in one run; [`server`]
//! is the same over HTTP.

pub mod analysis;
pub mod args;
pub mod database;
pub mod events;
pub mod features;
pub mod model;
pub mod optimizer;
pub mod report;
pub mod repository;
pub mod server;
pub mod tour;
pub mod validator;
pub mod warming;

mod admin;
mod draw;
mod routes;
mod rows;
mod seed;
