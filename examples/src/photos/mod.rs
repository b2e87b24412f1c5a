//! Photo sharing: albums, photos, the faces in them, users and searches, each under the key and for the time that the table
//! of the entity helpers has.
//!
//! [`albums`], [`images`], [`faces`], [`users`] and [`search`] hold the cached functions, [`people`] what is set once,
//! [`downloads`] counts on their way to the database, [`events`] what a deletion takes with it. [`tour`] runs two instances
//! against one database, [`server`] is one of them over HTTP.

pub mod albums;
pub mod args;
pub mod database;
pub mod downloads;
pub mod events;
pub mod faces;
pub mod images;
pub mod model;
pub mod people;
pub mod search;
pub mod server;
pub mod service;
pub mod stats;
pub mod tour;
pub mod users;

mod routes;
