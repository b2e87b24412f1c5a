//! Policy: what makes a stored value good enough for a call.

mod ttl;

pub use ttl::Ttl;
