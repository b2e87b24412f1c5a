//! Applications that use the caching toolkit, each run by a binary of its own name.

pub mod library;
