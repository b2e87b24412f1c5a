//! Applications that use the caching toolkit, each run by a binary of its own name, and what they share.

pub mod adopt;
pub mod cluster;
pub mod command_line;
pub mod fingerprints;
pub mod http;
pub mod infrastructure;
pub mod library;
pub mod photos;
pub mod sqlite;

mod table;

/// README.md, whose code is compiled and run with the doctests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
