//! Stands in for the lock-free map under the model checker: linearizable, and visible to it.

use super::{Query, Segments, Stored};
use crate::entry::ValueType;
use crate::sync::Mutex;

pub(in crate::store) struct Typed(Mutex<Vec<Stored>>);

impl Typed {
    pub(in crate::store) fn new(_: usize) -> Self {
        Self(Mutex::new(Vec::new()))
    }

    pub(in crate::store) fn read<K: Segments, R>(
        &self,
        query: &Query<'_, K>,
        value: ValueType,
        read: impl FnOnce(&Stored) -> Option<R>,
    ) -> Option<R> {
        let found = self.0.lock().iter().find(|entry| query.finds(entry, value)).cloned()?;
        read(&found)
    }

    pub(in crate::store) fn insert(&self, _: u64, entry: Stored) {
        self.0.lock().push(entry);
    }

    pub(in crate::store) fn remove(&self, _: u64, entry: &Stored, _: impl FnMut(Stored)) {
        self.0.lock().retain(|other| !other.is(entry));
    }

    pub(in crate::store) fn flush(&self) {}
}
