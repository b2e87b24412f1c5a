//! The typed map: from a function's arguments to an entry, read without a lock.
//!
//! It only speeds up: entries live in the shards, which write here under their lock.

use std::hash::{Hash, Hasher};
use std::ptr;

use super::graveyard::GRAVEYARD;
use crate::entry::{Entry, Stored};
use crate::key::{KeyBytes, Segments};

/// An entry under its typed key. In this order: what a hit reads stands together at the beginning.
#[repr(C)]
pub(super) struct Node {
    pub(super) entry: Stored,
    /// Which template the key belongs to.
    pub(super) template: u32,
    pub(super) key: KeyBytes,
    pub(super) hash: u64,
}

/// The map may drop a node inside whichever call happens to come by: the value is kept from being dropped there.
impl Drop for Node {
    fn drop(&mut self) {
        GRAVEYARD.bury(self.entry.clone());
    }
}

impl Hash for Node {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.template == other.template && self.key == other.key
    }
}

impl Eq for Node {}

/// A key as borrowed arguments.
pub(super) struct Query<'a, K> {
    pub(super) hash: u64,
    pub(super) template: u32,
    pub(super) key: &'a K,
}

impl<K> Hash for Query<'_, K> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl<K: Segments> Query<'_, K> {
    #[inline]
    fn finds(&self, node: &Node) -> bool {
        self.template == node.template && node.key.is(self.key)
    }
}

/// A node by the entry it leads to.
struct Of<'a> {
    hash: u64,
    entry: &'a Entry,
}

impl Hash for Of<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl Of<'_> {
    fn finds(&self, node: &Node) -> bool {
        ptr::addr_eq(ptr::from_ref(self.entry), node.entry.as_ref())
    }
}

#[cfg(not(cache_model))]
mod map {
    use std::hash::{BuildHasherDefault, Hasher};

    use papaya::{Equivalent, Guard};

    use super::{Entry, Node, Of, Query, Segments};

    /// Keys come with their hash.
    #[derive(Default)]
    pub(in crate::store) struct Hashed(u64);

    impl Hasher for Hashed {
        #[inline]
        fn finish(&self) -> u64 {
            self.0
        }

        #[inline]
        fn write_u64(&mut self, hash: u64) {
            self.0 = hash;
        }

        fn write(&mut self, bytes: &[u8]) {
            for byte in bytes {
                self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
            }
        }
    }

    impl<K: Segments> Equivalent<Node> for Query<'_, K> {
        #[inline]
        fn equivalent(&self, node: &Node) -> bool {
            self.finds(node)
        }
    }

    impl Equivalent<Node> for Of<'_> {
        fn equivalent(&self, node: &Node) -> bool {
            self.finds(node)
        }
    }

    #[derive(Default)]
    pub(in crate::store) struct Typed(papaya::HashMap<Node, (), BuildHasherDefault<Hashed>>);

    impl Typed {
        /// Shows the entry to `read`, which may run user code: nothing is locked.
        #[inline]
        pub(in crate::store) fn read<K: Segments, R>(
            &self,
            query: &Query<'_, K>,
            read: impl FnOnce(&Entry) -> Option<R>,
        ) -> Option<R> {
            let guard = self.0.guard();
            let (node, ()) = self.0.get_key_value(query, &guard)?;
            read(&node.entry)
        }

        pub(in crate::store) fn insert(&self, node: Node) {
            self.0.insert(node, (), &self.0.guard());
        }

        pub(in crate::store) fn remove(&self, hash: u64, entry: &Entry) {
            self.0.remove(&Of { hash, entry }, &self.0.guard());
        }

        /// Hands what was removed on this thread to be freed as soon as no reader is left.
        pub(in crate::store) fn flush(&self) {
            self.0.guard().flush();
        }
    }
}

/// Stands in for the lock-free map under the model checker: linearizable, and visible to it.
#[cfg(cache_model)]
mod map {
    use super::{Entry, Node, Of, Query, Segments};
    use crate::sync::Mutex;

    pub(in crate::store) struct Typed(Mutex<Vec<Node>>);

    impl Default for Typed {
        fn default() -> Self {
            Self(Mutex::new(Vec::new()))
        }
    }

    impl Typed {
        pub(in crate::store) fn read<K: Segments, R>(
            &self,
            query: &Query<'_, K>,
            read: impl FnOnce(&Entry) -> Option<R>,
        ) -> Option<R> {
            let found = self.0.lock().iter().find(|node| query.finds(node)).map(|node| node.entry.clone())?;
            read(&found)
        }

        pub(in crate::store) fn insert(&self, node: Node) {
            let mut nodes = self.0.lock();
            nodes.retain(|other| *other != node);
            nodes.push(node);
        }

        pub(in crate::store) fn remove(&self, hash: u64, entry: &Entry) {
            let of = Of { hash, entry };
            self.0.lock().retain(|node| !of.finds(node));
        }

        pub(in crate::store) fn flush(&self) {}
    }
}

pub(super) use map::Typed;
