//! Applications that use the caching toolkit, each run by a binary of its own name.

pub mod adopt;
pub mod library;

/// README.md, whose code is compiled and run with the doctests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
