//! A method's companion: what `Type::method_cache()` gives.
//!
//! An attribute on a method can only add items to its `impl`, so the type of the handle is here, generic over tuples of
//! the method's arguments, and what it calls are closures that capture nothing.

use std::fmt;

use super::companion::{Named, filled, invalidate_named, invalidate_named_blocking, key_named};
use super::later::Later;
use crate::cache::{Cache, Removed, Stored};
use crate::invalidation::Target;
use crate::key::Open;
use crate::stats::Stats;

impl<C, K, P, T, R, X, Y> fmt::Debug for Calls<C, K, P, T, R, X, Y> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls").finish_non_exhaustive()
    }
}

/// A method's functions, over tuples of its arguments: `K` of those in the key, `P` of those that `put` takes, `T` of
/// the key's, each given or open. `C` says which cache: none, or the caller's.
pub struct Calls<C, K, P, T, R, X, Y> {
    /// What is stored.
    pub peek: fn(K) -> X,
    /// Stores.
    pub put: fn(P, R) -> Y,
    /// Stores under an entry.
    pub store: fn(Target, R) -> Y,
    /// One entry.
    pub one: fn(K) -> Named,
    /// Entries, by the segments given.
    pub some: fn(T) -> Named,
    /// All entries.
    pub all: fn(C) -> Named,
    /// The counts.
    pub stats: fn(C) -> Stats,
}

/// A call with a tuple of arguments.
pub trait Run<A> {
    /// What it gives.
    type Answer;

    /// Calls.
    fn run(&self, args: A) -> Self::Answer;
}

impl<A, X, F: Fn(A) -> X> Run<A> for F {
    type Answer = X;

    fn run(&self, args: A) -> X {
        self(args)
    }
}

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident, $peek:ty, $put:ty, $removed:ty, $invalidate:path) => {
        $(#[$doc])*
        pub struct $name<C, K, P, T, R, A, F, U> {
            calls: Calls<C, K, P, T, R, $peek, $put>,
            refresh: F,
            uncached: U,
            args: std::marker::PhantomData<fn(A)>,
        }

        impl<C, K, P, T, R, A, F, U> fmt::Debug for $name<C, K, P, T, R, A, F, U> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        impl<C, K, P, T, R, A, F, U> $name<C, K, P, T, R, A, F, U> {
            /// As generated code makes it.
            pub const fn new(calls: Calls<C, K, P, T, R, $peek, $put>, refresh: F, uncached: U) -> Self {
                Self { calls, refresh, uncached, args: std::marker::PhantomData }
            }

            /// What `#[invalidates]` names. By value: what the arguments borrow goes before a handle that is left would.
            #[must_use]
            pub fn __target(self, segments: T) -> Named {
                (self.calls.some)(segments)
            }

            #[doc(hidden)]
            pub fn __store<V, M>(self, entry: Target, value: V) -> $put
            where
                R: super::Layers<V, M>,
            {
                (self.calls.store)(entry, R::layered(value))
            }

            /// What `#[invalidates]` names with `..`.
            #[must_use]
            pub fn __rest(self, fill: impl FnOnce(&mut T)) -> Named
            where
                T: Open,
            {
                (self.calls.some)(filled(fill))
            }

        }

        impl<K, P, T, R, A, F, U> $name<(), K, P, T, R, A, F, U> {
            /// Invalidates all of the method's entries.
            pub fn invalidate_all(&self) -> $removed {
                $invalidate((self.calls.all)(()))
            }

            /// The method's counts.
            #[must_use]
            pub fn stats(&self) -> Stats {
                (self.calls.stats)(())
            }
        }

        impl<'c, K, P, T, R, A, F, U> $name<&'c Cache, K, P, T, R, A, F, U> {
            /// Invalidates all of the method's entries.
            pub fn invalidate_all(&self, cache: &'c Cache) -> $removed {
                $invalidate((self.calls.all)(cache))
            }

            /// The method's counts.
            #[must_use]
            pub fn stats(&self, cache: &'c Cache) -> Stats {
                (self.calls.stats)(cache)
            }
        }

        arity!($name, $peek, $put, $removed, $invalidate;);
        arity!($name, $peek, $put, $removed, $invalidate; a: A1);
        arity!($name, $peek, $put, $removed, $invalidate; a: A1, b: A2);
        arity!($name, $peek, $put, $removed, $invalidate; a: A1, b: A2, c: A3);
        arity!($name, $peek, $put, $removed, $invalidate; a: A1, b: A2, c: A3, d: A4);
        arity!($name, $peek, $put, $removed, $invalidate; a: A1, b: A2, c: A3, d: A4, e: A5);
        arity!($name, $peek, $put, $removed, $invalidate; a: A1, b: A2, c: A3, d: A4, e: A5, f: A6);
        arity!($name, $peek, $put, $removed, $invalidate; a: A1, b: A2, c: A3, d: A4, e: A5, f: A6, g: A7);
        arity!($name, $peek, $put, $removed, $invalidate; a: A1, b: A2, c: A3, d: A4, e: A5, f: A6, g: A7, h: A8);
        arity!($name, $peek, $put, $removed, $invalidate; a: A1, b: A2, c: A3, d: A4, e: A5, f: A6, g: A7, h: A8, i: A9);
        arity!(
            $name, $peek, $put, $removed, $invalidate;
            a: A1, b: A2, c: A3, d: A4, e: A5, f: A6, g: A7, h: A8, i: A9, j: A10
        );
    };
}

/// The calls with so many arguments.
macro_rules! arity {
    ($name:ident, $peek:ty, $put:ty, $removed:ty, $invalidate:path; $($arg:ident: $ty:ident),*) => {
        #[allow(clippy::too_many_arguments, clippy::unused_unit)]
        impl<C, P, T, R, A, F, U, $($ty),*> $name<C, ($($ty,)*), P, T, R, A, F, U> {
            /// The printed name of the entry.
            #[must_use]
            pub fn key(&self, $($arg: $ty),*) -> String {
                key_named((self.calls.one)(($($arg,)*)))
            }

            /// What is stored, without counting it as a hit.
            pub fn peek(&self, $($arg: $ty),*) -> $peek {
                (self.calls.peek)(($($arg,)*))
            }

            /// Invalidates the entry.
            pub fn invalidate(&self, $($arg: $ty),*) -> $removed {
                $invalidate((self.calls.one)(($($arg,)*)))
            }
        }

        #[allow(clippy::too_many_arguments)]
        impl<C, K, T, R, A, F, U, $($ty),*> $name<C, K, ($($ty,)*), T, R, A, F, U> {
            /// Stores a value as the method's.
            pub fn put<V, M>(&self, $($arg: $ty,)* value: V) -> $put
            where
                R: super::Layers<V, M>,
            {
                (self.calls.put)(($($arg,)*), R::layered(value))
            }
        }

        #[allow(clippy::too_many_arguments)]
        impl<C, K, P, T, R, F: Run<($($ty,)*)>, U: Run<($($ty,)*)>, $($ty),*>
            $name<C, K, P, T, R, ($($ty,)*), F, U>
        {
            /// Runs the body and stores what it gives, whatever is stored.
            pub fn refresh(&self, $($arg: $ty),*) -> F::Answer {
                self.refresh.run(($($arg,)*))
            }

            /// Runs the body, and nothing else.
            pub fn uncached(&self, $($arg: $ty),*) -> U::Answer {
                self.uncached.run(($($arg,)*))
            }
        }
    };
}

handle!(
    /// The companion of an async method.
    Method,
    Later<Option<R>>,
    Later<Stored>,
    Later<Removed>,
    invalidate_named
);
handle!(
    /// The companion of a sync method.
    SyncMethod,
    Option<R>,
    Stored,
    Removed,
    invalidate_named_blocking
);
