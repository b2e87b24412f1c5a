//! What is stored where there is no value: that there is none, or the error.

use std::sync::Arc;

use super::outcome::Wrap;
use super::policy::Policy;
use super::probe::Shape;
use crate::entry::Stored;
use crate::flight::Shared;

/// A stored absence or error.
pub(crate) enum Negative {
    /// A `None`, inside so many other `Option`s.
    Absent(u8),
    Failed(Arc<Shared>),
}

impl Negative {
    /// What an entry is, where it is no value.
    pub(super) fn word(entry: &Stored) -> Option<&'static str> {
        entry.value::<Self>().map(|negative| match negative {
            Self::Absent(_) => "absent",
            Self::Failed(_) => "error",
        })
    }
}

impl<T: Clone + 'static, W: Wrap<T>> Shape<T, W> {
    /// A stored entry as this function's answer. None where it is none, or not good enough.
    #[inline]
    pub(super) fn read<P: Policy<T>>(&self, entry: &Stored, policy: &P) -> Option<W::Full> {
        if let Some(value) = entry.value::<T>() {
            return policy.is_valid(value).then(|| W::wrap(value.clone()));
        }
        if P::NEGATIVE { self.read_negative(entry, policy) } else { None }
    }

    #[cold]
    fn read_negative<P: Policy<T>>(&self, entry: &Stored, policy: &P) -> Option<W::Full> {
        match entry.value::<Negative>()? {
            Negative::Absent(depth) => policy.keep_absence().and_then(|_| W::absent(*depth)),
            Negative::Failed(shared) => policy.keep_error().and_then(|_| (self.unshare)(shared)),
        }
    }

    /// A stored entry as it is, whatever the policy.
    pub(super) fn show(&self, entry: &Stored) -> Option<W::Full> {
        if let Some(value) = entry.value::<T>() {
            return Some(W::wrap(value.clone()));
        }
        match entry.value::<Negative>()? {
            Negative::Absent(depth) => W::absent(*depth),
            Negative::Failed(shared) => (self.unshare)(shared),
        }
    }
}
