//! Events that follow from events, each once.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::rc::Rc;

/// More children than that are taken to have no end.
const MOST: usize = 100_000;

/// An event that is told from others of its type.
pub(super) trait Child: Any {
    fn as_any(&self) -> &dyn Any;
    fn is(&self, other: &dyn Any) -> bool;
    fn hash_with(&self, hashes: &RandomState) -> u64;
}

impl<E: Any + Eq + Hash> Child for E {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn is(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<E>() == Some(self)
    }

    fn hash_with(&self, hashes: &RandomState) -> u64 {
        hashes.hash_one(self)
    }
}

/// Those that were met, and those of them that are still to be looked at.
#[derive(Default)]
pub(super) struct Children {
    met: Vec<Rc<dyn Child>>,
    looked_at: usize,
    by_hash: HashMap<(TypeId, u64), Vec<usize>>,
    hashes: RandomState,
    endless: bool,
}

impl Children {
    pub(super) fn next(&mut self) -> Option<Rc<dyn Child>> {
        let next = self.met.get(self.looked_at)?.clone();
        self.looked_at += 1;
        Some(next)
    }

    pub(super) fn are_endless(&self) -> bool {
        self.endless
    }

    pub(super) fn add(&mut self, children: Vec<Box<dyn Child>>) {
        for child in children {
            let identity = (child.as_any().type_id(), child.hash_with(&self.hashes));
            let alike = self.by_hash.entry(identity).or_default();
            if alike.iter().any(|at| child.is(self.met[*at].as_any())) {
                continue;
            }
            if self.met.len() == MOST {
                self.endless = true;
                return;
            }
            alike.push(self.met.len());
            self.met.push(child.into());
        }
    }
}
