//! What is removed, and when: targets, the order in which several go, and their collection until a commit.

mod apply;
mod cascade;
mod collect;
mod deferred;
mod fire;
mod names;
mod rules;
mod target;

pub use self::deferred::Deferred;
pub(crate) use self::fire::fire;
pub(crate) use self::names::{matching, under};
pub use self::rules::{EventRules, Invalidation, RuleStats};
pub(crate) use self::target::{Reach, one_name};
pub use self::target::{Segment, Target};
