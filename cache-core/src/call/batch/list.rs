//! The list that a batch is called with.

use std::borrow::Borrow;
use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

/// A list of items, behind a reference or not: `[K]`, `Vec<K>`, `Box<[K]>`, `Arc<[K]>`, `HashSet<K>`, `BTreeSet<K>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list that a batch can be called with",
    label = "not a list of items",
    note = "`batch` names the argument that lists the items: `&[K]`, `Vec<K>`, `Arc<[K]>`, `&HashSet<K>` or `&BTreeSet<K>`"
)]
pub trait Items {
    /// One of them.
    type Item;
    /// What the body is called with.
    type Owned: Borrow<Self>;

    /// All of them.
    fn items(&self) -> impl Iterator<Item = &Self::Item>;
    /// The list of these alone.
    fn gather(items: Vec<Self::Item>) -> Self::Owned;
}

impl<K> Items for [K] {
    type Item = K;
    type Owned = Vec<K>;

    fn items(&self) -> impl Iterator<Item = &K> {
        self.iter()
    }

    fn gather(items: Vec<K>) -> Vec<K> {
        items
    }
}

macro_rules! lists {
    ($($list:ty where ($($bounds:tt)*);)*) => {$(
        impl<K: $($bounds)*> Items for $list {
            type Item = K;
            type Owned = Self;

            fn items(&self) -> impl Iterator<Item = &K> {
                self.iter()
            }

            fn gather(items: Vec<K>) -> Self {
                items.into_iter().collect()
            }
        }
    )*};
}

lists! {
    Vec<K> where (Sized);
    Box<[K]> where (Sized);
    Arc<[K]> where (Sized);
    BTreeSet<K> where (Ord);
}

impl<K: Eq + Hash, S: BuildHasher + Default> Items for HashSet<K, S> {
    type Item = K;
    type Owned = Self;

    fn items(&self) -> impl Iterator<Item = &K> {
        self.iter()
    }

    fn gather(items: Vec<K>) -> Self {
        items.into_iter().collect()
    }
}

/// Each item once, in the order of the list.
pub fn distinct<L: Items<Item: BatchItem> + ?Sized>(list: &L) -> Vec<&L::Item> {
    let mut seen = hashbrown::HashSet::<&L::Item, foldhash::fast::RandomState>::default();
    list.items().filter(|item| seen.insert(*item)).collect()
}

/// An item of a batch.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an item of a batch",
    label = "not `Clone + Eq + Hash`",
    note = "an item is `CacheKey + Clone + Eq + Hash`: derive what it lacks, `#[derive(CacheKey, Clone, PartialEq, Eq, Hash)]`"
)]
pub trait BatchItem: Clone + Eq + Hash {}

#[diagnostic::do_not_recommend]
impl<K: Clone + Eq + Hash> BatchItem for K {}

/// An argument that the body may be called with more than once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is given to the body and cannot be cloned, and a batch may run its body more than once",
    label = "not `Clone`",
    note = "a load that another caller gave up is taken over by those that wait for it: take this argument by reference, or derive `Clone` for it"
)]
pub trait Again {
    /// A copy for this time.
    #[must_use]
    fn again(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Clone> Again for T {
    fn again(&self) -> T {
        self.clone()
    }
}
