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

    pub(in crate::store) struct Typed(papaya::HashMap<Node, (), BuildHasherDefault<Hashed>>);

    impl Default for Typed {
        fn default() -> Self {
            // papaya 0.2.5 loses removals while it resizes incrementally, which is its default: the test below.
            let map = papaya::HashMap::builder().hasher(BuildHasherDefault::default());
            Self(map.resize_mode(papaya::ResizeMode::Blocking).build())
        }
    }

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

#[cfg(all(test, not(cache_model)))]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;
    use crate::clock::NEVER;
    use crate::registry::Function;

    const THREADS: u64 = 8;
    const KEYS: u64 = 400;
    const CHANGES: u64 = 2_000;

    /// Each thread has keys of its own, so whatever it does to one of them is done when it returns.
    #[test]
    fn what_a_thread_has_removed_is_gone_while_others_make_the_map_grow() {
        let state = foldhash::fast::RandomState::default();
        let function = Function::manual();
        let lost = AtomicUsize::new(0);
        for _ in 0..20 {
            let typed = Typed::default();
            std::thread::scope(|scope| {
                for thread in 0..THREADS {
                    let (typed, function, lost, state) = (&typed, &function, &lost, &state);
                    scope.spawn(move || {
                        let mut random = thread + 1;
                        let mut live: Vec<Option<Stored>> = vec![None; KEYS as usize];
                        for _ in 0..CHANGES {
                            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                            let own = (random >> 33) % KEYS;
                            let id = thread * KEYS + own;
                            let key = (&id,);
                            let mut sink = crate::key::HashSink::new(state, 1);
                            key.visit_segments(&mut sink);
                            let query = Query { hash: sink.finish(), template: 1, key: &key };
                            let place = &mut live[own as usize];
                            match place.take() {
                                Some(entry) => typed.remove(query.hash, &entry),
                                None => {
                                    let name = id.to_string();
                                    let entry = Entry::new(own, 0, name, function.clone(), 0, NEVER);
                                    let key = KeyBytes::of(&key);
                                    typed.insert(Node { entry: entry.clone(), template: 1, key, hash: query.hash });
                                    *place = Some(entry);
                                }
                            }
                            let found = typed.read(&query, |_| Some(())).is_some();
                            lost.fetch_add(usize::from(found != place.is_some()), Relaxed);
                        }
                    });
                }
            });
        }
        assert_eq!(lost.into_inner(), 0);
    }
}
