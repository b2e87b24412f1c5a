//! What the services share: the listener, refusals in JSON, extractors that refuse in JSON, the operator's token.

mod error;
pub(crate) mod extract;
mod server;
mod token;

pub(crate) use self::error::ApiError;
pub use self::server::{Server, stop_signal};
pub use self::token::AdminToken;
