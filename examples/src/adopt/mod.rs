//! A service that was written without a thought of caching, and the same one annotated: nothing but attributes differ.

pub mod after;
pub mod before;
