//! What a function says of its values: how long they are fresh, which of them are stored, which are still good.

use std::fmt;
use std::marker::PhantomData;

use super::conditional::Previous;
use crate::lookup::Ttl;

/// A function's say over its values. A bare [`Ttl`] is the simplest: every value is stored, no absence, no error.
pub trait Policy<T> {
    /// Whether absences and errors may be stored.
    const NEGATIVE: bool;
    /// Whether what is stored carries tags.
    const TAGGED: bool = Self::TAGGED_BY_VALUE;
    /// Whether loads are given the previous value.
    const CONDITIONAL: bool = false;
    /// Whether values have tags of their own.
    const TAGGED_BY_VALUE: bool = false;

    /// How long the value is fresh. None where it is not to be stored.
    fn keep(&self, value: &T) -> Option<Ttl>;
    /// How long an absence is.
    fn keep_absence(&self) -> Option<Ttl>;
    /// How long an error is.
    fn keep_error(&self) -> Option<Ttl>;
    /// Whether a stored value is still good enough.
    fn is_valid(&self, value: &T) -> bool;

    /// The tags of the call's arguments.
    fn tags(&self) -> Vec<String> {
        Vec::new()
    }

    /// And those of the value.
    fn tags_of(&self, _: &T) -> Vec<String> {
        Vec::new()
    }

    /// Takes the previous value to the load that begins.
    fn offer(&self, _: Previous<T>) {}

    /// Whether that load has found it to be good still.
    fn is_unmodified(&self) -> bool {
        false
    }
}

impl<T> Policy<T> for Ttl {
    const NEGATIVE: bool = false;

    fn keep(&self, _: &T) -> Option<Ttl> {
        Some(*self)
    }

    fn keep_absence(&self) -> Option<Ttl> {
        None
    }

    fn keep_error(&self) -> Option<Ttl> {
        None
    }

    #[inline]
    fn is_valid(&self, _: &T) -> bool {
        true
    }
}

/// A rule that was not given.
#[derive(Debug, Clone, Copy)]
pub struct Unset;

/// A rule that was.
#[derive(Clone, Copy)]
pub struct Given<F>(F);

impl<F> Given<F> {
    pub(super) const fn new(rule: F) -> Self {
        Self(rule)
    }

    pub(super) const fn rule(&self) -> &F {
        &self.0
    }
}

impl<F> fmt::Debug for Given<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Given")
    }
}

/// `ttl_with`
pub trait TtlRule<T> {
    /// How long the value is fresh, if the rule says so.
    fn ttl(&self, value: &T) -> Option<Ttl>;
}

impl<T> TtlRule<T> for Unset {
    fn ttl(&self, _: &T) -> Option<Ttl> {
        None
    }
}

impl<T, X: Into<Ttl>, F: Fn(&T) -> X> TtlRule<T> for Given<F> {
    fn ttl(&self, value: &T) -> Option<Ttl> {
        Some(self.0(value).into())
    }
}

/// `cache_if`, `validate`
pub trait Condition<T> {
    /// Whether the value meets it.
    fn holds(&self, value: &T) -> bool;
}

impl<T> Condition<T> for Unset {
    #[inline]
    fn holds(&self, _: &T) -> bool {
        true
    }
}

impl<T, F: Fn(&T) -> bool> Condition<T> for Given<F> {
    #[inline]
    fn holds(&self, value: &T) -> bool {
        self.0(value)
    }
}

/// A policy of several rules, built one by one.
pub struct Rules<T, A = Unset, B = Unset, C = Unset> {
    ttl: Ttl,
    none: Option<Ttl>,
    err: Option<Ttl>,
    ttl_with: A,
    cache_if: B,
    validate: C,
    value: PhantomData<fn(&T)>,
}

impl<T, A: Clone, B: Clone, C: Clone> Clone for Rules<T, A, B, C> {
    fn clone(&self) -> Self {
        Self {
            ttl: self.ttl,
            none: self.none,
            err: self.err,
            ttl_with: self.ttl_with.clone(),
            cache_if: self.cache_if.clone(),
            validate: self.validate.clone(),
            value: PhantomData,
        }
    }
}

impl<T, A, B, C> fmt::Debug for Rules<T, A, B, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules").field("ttl", &self.ttl).finish_non_exhaustive()
    }
}

impl<T> Rules<T> {
    pub(super) const fn new() -> Self {
        Self {
            ttl: Ttl::Default,
            none: None,
            err: None,
            ttl_with: Unset,
            cache_if: Unset,
            validate: Unset,
            value: PhantomData,
        }
    }
}

impl<T, A, B, C> Rules<T, A, B, C> {
    /// `ttl`
    #[must_use]
    pub fn ttl(mut self, ttl: Ttl) -> Self {
        self.ttl = ttl;
        self
    }

    /// `ttl_none`
    #[must_use]
    pub fn ttl_none(mut self, ttl: Ttl) -> Self {
        self.none = Some(ttl);
        self
    }

    /// `ttl_err`
    #[must_use]
    pub fn ttl_err(mut self, ttl: Ttl) -> Self {
        self.err = Some(ttl);
        self
    }

    /// `ttl_with`
    pub fn ttl_with<X: Into<Ttl>, F: Fn(&T) -> X>(self, rule: F) -> Rules<T, Given<F>, B, C> {
        let Self { ttl, none, err, cache_if, validate, value, .. } = self;
        Rules { ttl, none, err, ttl_with: Given(rule), cache_if, validate, value }
    }

    /// `cache_if`
    pub fn cache_if<F: Fn(&T) -> bool>(self, rule: F) -> Rules<T, A, Given<F>, C> {
        let Self { ttl, none, err, ttl_with, validate, value, .. } = self;
        Rules { ttl, none, err, ttl_with, cache_if: Given(rule), validate, value }
    }

    /// `validate`
    pub fn validate<F: Fn(&T) -> bool>(self, rule: F) -> Rules<T, A, B, Given<F>> {
        let Self { ttl, none, err, ttl_with, cache_if, value, .. } = self;
        Rules { ttl, none, err, ttl_with, cache_if, validate: Given(rule), value }
    }
}

impl<T, A: TtlRule<T>, B: Condition<T>, C: Condition<T>> Policy<T> for Rules<T, A, B, C> {
    const NEGATIVE: bool = true;

    fn keep(&self, value: &T) -> Option<Ttl> {
        self.cache_if.holds(value).then(|| self.ttl_with.ttl(value).unwrap_or(self.ttl))
    }

    fn keep_absence(&self) -> Option<Ttl> {
        self.none
    }

    fn keep_error(&self) -> Option<Ttl> {
        self.err
    }

    #[inline]
    fn is_valid(&self, value: &T) -> bool {
        self.validate.holds(value)
    }
}

/// Applies a rule to a value: tells a closure what it is given.
pub fn apply<T, X>(value: &T, rule: impl FnOnce(&T) -> X) -> X {
    rule(value)
}
