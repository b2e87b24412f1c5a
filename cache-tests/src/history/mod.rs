//! What threads and tasks did to a cache, written down as it happened, and held against what is promised.
//!
//! Every event carries a stamp of one logical clock, taken before an operation is invoked and after it has returned,
//! and inside each body where it begins and ends. So what a stamp says to be earlier was earlier, and the checker only
//! reports what no order of the events could excuse.

mod ages;
mod check;
mod graceful;
mod record;
mod removals;
mod round;
mod story;
mod tasks;
mod threads;
mod tiers;
mod work;

pub use self::check::check;
pub use self::record::{Answer, Call, Ended, History, Key, Load, Put, Reach, Removal, Stamp, Value};
pub use self::round::round;
pub use self::work::Kind;
