//! Library navigation: artists, their works, and the recordings of a work, served over HTTP from SQLite.
//!
//! [`repository`] holds the cached functions and the writers that invalidate them; everything else is an
//! ordinary axum service, and [`drive`] the load that measures it.

pub mod args;
pub mod database;
pub mod drive;
pub mod model;
pub mod replay;
pub mod report;
pub mod repository;
pub mod server;

mod admin;
mod extract;
mod routes;
mod rows;
mod seed;
