//! What a batch returns, seen by type: a map from its items to their values, bare or inside of a `Result`.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::hash::{BuildHasher, Hash};

use super::outcomes::BatchOutcomes;

/// A map from items to values.
pub trait MapOf<K>: Default {
    /// What it maps to.
    type Value;

    /// Adds one.
    fn add(&mut self, key: K, value: Self::Value);
    /// Takes one out.
    fn take(&mut self, key: &K) -> Option<Self::Value>;
}

impl<K: Eq + Hash, V, S: BuildHasher + Default> MapOf<K> for HashMap<K, V, S> {
    type Value = V;

    fn add(&mut self, key: K, value: V) {
        self.insert(key, value);
    }

    fn take(&mut self, key: &K) -> Option<V> {
        self.remove(key)
    }
}

impl<K: Ord, V> MapOf<K> for BTreeMap<K, V> {
    type Value = V;

    fn add(&mut self, key: K, value: V) {
        self.insert(key, value);
    }

    fn take(&mut self, key: &K) -> Option<V> {
        self.remove(key)
    }
}

/// A return type that answers a batch of `K`s.
///
/// Each item has an answer of its own, of the type that the function of one item returns: `Option<V>`, or
/// `Result<Option<V>, E>`. So what is known of return types holds for it, and the two functions share what they load.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell the values of a batch of `{K}` apart",
    label = "no map from `{K}`",
    note = "return `HashMap<{K}, V>` or `BTreeMap<{K}, V>`, bare or inside of a `Result`"
)]
pub trait Answers<K>: Sized {
    /// The values.
    type Map: MapOf<K>;
    /// Why there are none.
    type Error;
    /// One item's answer.
    type Item;
    /// The answer with what became of each item.
    type Outcomes;

    /// Takes it apart.
    ///
    /// # Errors
    /// If it is one.
    fn open(self) -> Result<Self::Map, Self::Error>;
    /// Puts it together.
    fn answer(of: Result<Self::Map, Self::Error>) -> Self;
    /// The same with what became of each item.
    fn outcomes(of: Result<BatchOutcomes<K, ValueOf<Self, K>>, Self::Error>) -> Self::Outcomes;
    /// One item's answer.
    fn item(of: Result<Option<ValueOf<Self, K>>, Self::Error>) -> Self::Item;
    /// One item's value.
    ///
    /// # Errors
    /// If that is what it has.
    fn value(item: Self::Item) -> Result<Option<ValueOf<Self, K>>, Self::Error>;
    /// Whether an item's answer is an error.
    fn has_failed(item: &Self::Item) -> bool;
}

/// What a batch's map maps to.
pub type ValueOf<R, K> = <<R as Answers<K>>::Map as MapOf<K>>::Value;

macro_rules! bare {
    ($map:ty where ($($params:tt)*)) => {
        #[diagnostic::do_not_recommend]
        impl<$($params)*> Answers<K> for $map {
            type Map = Self;
            type Error = Infallible;
            type Item = Option<V>;
            type Outcomes = BatchOutcomes<K, V>;

            fn open(self) -> Result<Self, Infallible> {
                Ok(self)
            }

            fn answer(of: Result<Self, Infallible>) -> Self {
                let Ok(map) = of;
                map
            }

            fn outcomes(of: Result<BatchOutcomes<K, V>, Infallible>) -> BatchOutcomes<K, V> {
                let Ok(outcomes) = of;
                outcomes
            }

            fn item(of: Result<Option<V>, Infallible>) -> Option<V> {
                let Ok(value) = of;
                value
            }

            fn value(item: Option<V>) -> Result<Option<V>, Infallible> {
                Ok(item)
            }

            fn has_failed(_: &Option<V>) -> bool {
                false
            }
        }
    };
}

bare!(HashMap<K, V, S> where (K: Eq + Hash, V, S: BuildHasher + Default));
bare!(BTreeMap<K, V> where (K: Ord, V));

#[diagnostic::do_not_recommend]
impl<K, M: MapOf<K>, E> Answers<K> for Result<M, E> {
    type Map = M;
    type Error = E;
    type Item = Result<Option<M::Value>, E>;
    type Outcomes = Result<BatchOutcomes<K, M::Value>, E>;

    fn open(self) -> Self {
        self
    }

    fn answer(of: Self) -> Self {
        of
    }

    fn outcomes(of: Self::Outcomes) -> Self::Outcomes {
        of
    }

    fn item(of: Self::Item) -> Self::Item {
        of
    }

    fn value(item: Self::Item) -> Self::Item {
        item
    }

    fn has_failed(item: &Self::Item) -> bool {
        item.is_err()
    }
}
