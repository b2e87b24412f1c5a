//! Caching for Rust services.
