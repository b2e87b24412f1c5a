//! A load's end where there is no shared tier: nobody is told, and nothing is compiled for it per return type.

use super::leading::Leading;
use super::outcome::{CacheValue, Wrap};
use super::policy::Policy;

/// What a load has still to do once its body has answered.
pub(super) enum Left {}

impl<T: CacheValue, W: Wrap<T>, P: Policy<T>> Leading<T, W, P> {
    pub(super) async fn tell(&mut self, left: Left) {
        match left {}
    }
}
