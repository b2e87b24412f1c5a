//! `tags` and `tags_with`: what a function's values are invalidated by beside their names.

use std::fmt;

use super::plan::Plan;
use super::policy::{Given, Policy, Rules, Unset};
use crate::lookup::Ttl;

/// A policy with tags: of the call's arguments, and of the value.
#[derive(Clone)]
pub struct Tagged<P, A, V> {
    policy: P,
    of_call: A,
    of_value: V,
}

impl<P: fmt::Debug, A, V> fmt::Debug for Tagged<P, A, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tagged").field(&self.policy).finish()
    }
}

impl<T, A, B, C> Rules<T, A, B, C> {
    /// Adds tags.
    pub fn tagged(self) -> Tagged<Self, Unset, Unset> {
        Tagged { policy: self, of_call: Unset, of_value: Unset }
    }
}

impl<P, A, V> Tagged<P, A, V> {
    /// `tags`, as they are.
    pub fn tags(self, tags: Vec<String>) -> Tagged<P, Vec<String>, V> {
        Tagged { policy: self.policy, of_call: tags, of_value: self.of_value }
    }

    /// `tags`, as they are once somebody asks.
    pub fn tags_when_asked<F: Fn() -> Vec<String>>(self, tags: F) -> Tagged<P, Given<F>, V> {
        Tagged { policy: self.policy, of_call: Given::new(tags), of_value: self.of_value }
    }

    /// `tags_with`. Here alone it has to give tags, so that one that does not is one error.
    pub fn tags_with<T, I: IntoIterator<Item: Into<String>>, F: Fn(&T) -> I>(
        self,
        tags: F,
    ) -> Tagged<P, A, TagsOf<T, F>>
    where
        P: Policy<T>,
    {
        let list = |tags: &F, value: &T| tags(value).into_iter().map(Into::into).collect();
        Tagged { policy: self.policy, of_call: self.of_call, of_value: TagsOf { tags, list } }
    }
}

/// The tags of a call.
pub trait CallTags {
    /// They.
    fn tags(&self) -> Vec<String>;
}

impl CallTags for Unset {
    fn tags(&self) -> Vec<String> {
        Vec::new()
    }
}

impl CallTags for Vec<String> {
    fn tags(&self) -> Vec<String> {
        self.clone()
    }
}

impl<F: Fn() -> Vec<String>> CallTags for Given<F> {
    fn tags(&self) -> Vec<String> {
        self.rule()()
    }
}

/// The tags of a value.
pub trait ValueTags<T> {
    /// Whether there may be some.
    const SOME: bool;

    /// They.
    fn tags(&self, value: &T) -> Vec<String>;
}

impl<T> ValueTags<T> for Unset {
    const SOME: bool = false;

    fn tags(&self, _: &T) -> Vec<String> {
        Vec::new()
    }
}

/// `tags_with`, whatever it gives them as.
pub struct TagsOf<T, F> {
    tags: F,
    list: fn(&F, &T) -> Vec<String>,
}

impl<T, F: Clone> Clone for TagsOf<T, F> {
    fn clone(&self) -> Self {
        Self { tags: self.tags.clone(), list: self.list }
    }
}

impl<T, F> fmt::Debug for TagsOf<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TagsOf")
    }
}

impl<T, F> ValueTags<T> for TagsOf<T, F> {
    const SOME: bool = true;

    fn tags(&self, value: &T) -> Vec<String> {
        (self.list)(&self.tags, value)
    }
}

impl<T, P: Policy<T>, A: CallTags, V: ValueTags<T>> Policy<T> for Tagged<P, A, V> {
    const NEGATIVE: bool = P::NEGATIVE;
    const TAGGED: bool = true;
    const TAGGED_BY_VALUE: bool = V::SOME;

    fn keep(&self, value: &T) -> Option<Ttl> {
        self.policy.keep(value)
    }

    fn keep_absence(&self) -> Option<Ttl> {
        self.policy.keep_absence()
    }

    fn keep_error(&self) -> Option<Ttl> {
        self.policy.keep_error()
    }

    fn is_valid(&self, value: &T) -> bool {
        self.policy.is_valid(value)
    }

    fn tags(&self) -> Vec<String> {
        self.of_call.tags()
    }

    fn tags_of(&self, value: &T) -> Vec<String> {
        self.of_value.tags(value)
    }
}

impl Plan {
    /// Notes the tags of a record's entry. Whether they are all that it is stored with: a removal of others would not find it
    /// in memory.
    pub(super) fn carries<T, P: Policy<T>>(&mut self, policy: &P, value: Option<&T>, stored_with: &[String]) -> bool {
        if !P::TAGGED {
            return stored_with.is_empty();
        }
        let of_call = policy.tags();
        self.tags_of_value = value.map(|value| policy.tags_of(value)).unwrap_or_default();
        stored_with.iter().all(|tag| of_call.contains(tag) || self.tags_of_value.contains(tag))
    }

    /// What the shared tier is to store a value with: the tags of the call, and those of the value, which are noted.
    pub(super) fn tags_to_tell<T, P: Policy<T>>(&self, policy: &P) -> Vec<String> {
        if !P::TAGGED || self.cache.inner.remote.is_none() {
            return Vec::new();
        }
        let mut tags = policy.tags();
        tags.extend(self.tags_of_value.iter().cloned());
        tags.sort_unstable();
        tags.dedup();
        tags
    }
}
