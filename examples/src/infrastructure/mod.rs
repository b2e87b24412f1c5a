//! The caching layer of a service with users, items, sessions, payments and a pipeline: memory in each instance over a Redis
//! that they share.
//!
//! [`repository`] holds the cached functions, each with a time to live of its own, [`events`] what events of the application
//! make wrong, [`instance`] one instance of the service. [`tour`] runs two of them against one database.

pub mod args;
pub mod database;
pub mod events;
pub mod instance;
pub mod model;
pub mod repository;
pub mod tour;

mod rows;
