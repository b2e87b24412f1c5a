//! Which entry a call is about, and what may be stored there.

use std::sync::Arc;

use super::negative::Negative;
use super::outcome::CacheValue;
use crate::cache::{Cache, Stored};
use crate::clock::Ticks;
use crate::entry::{self, Entry, Trust, TypedKey};
use crate::events::Cause;
use crate::key::{KeyBytes, Name, Names, Segments, render};
use crate::lookup::Ttl;
use crate::registry::{Function, Tier};
use crate::store::{NewEntry, Replaced, Tagging};
use crate::tier::{Codec, Form, Owed, Remote};

/// Owned: it outlives the arguments' borrow.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) cache: Cache,
    pub(super) function: Arc<Function>,
    pub(super) name: Name,
    pub(super) typed: Option<TypedKey>,
    pub(super) refresh: bool,
    /// An entry that the function found not good enough: as if it were not there.
    pub(super) rejected: Option<entry::Stored>,
    /// What may be served should the load fail.
    pub(super) spare: Option<entry::Stored>,
    /// What the shared tier has and is no good for an answer any more; memory may not have it.
    pub(super) former: Option<entry::Stored>,
    /// The tags of what it loads, as they were before.
    pub(super) tagging: Option<Arc<Tagging>>,
    /// And those of the value, once it is there.
    pub(super) tags_of_value: Vec<String>,
    /// The value can go through a shared tier.
    portable: bool,
    /// When the load of a copy began.
    pub(super) began: Option<Ticks>,
}

/// Why an operation that needs the truth was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unmade {
    Disabled,
    NoTime,
    NoRoom,
    OtherType,
    Overflow,
}

/// Whether an entry is a value: neither an absence nor an error.
pub(crate) fn has_value(entry: &entry::Stored) -> bool {
    entry.value::<Negative>().is_none()
}

impl Plan {
    fn new(cache: &Cache, function: Arc<Function>, name: Name, typed: Option<TypedKey>, portable: bool) -> Self {
        Self {
            cache: cache.clone(),
            function,
            name,
            typed,
            refresh: false,
            rejected: None,
            spare: None,
            former: None,
            tagging: None,
            tags_of_value: Vec::new(),
            portable,
            began: None,
        }
    }

    pub(super) fn of_call<K: Segments>(cache: &Cache, function: Arc<Function>, key: &K, portable: bool) -> Self {
        let name = render(function.info.texts, key);
        let typed = Some(cache.inner.store.typed_key(function.template(), key));
        Self::new(cache, function, name, typed, portable)
    }

    /// A new load, whatever is stored.
    pub(super) fn refreshing(self) -> Self {
        Self { refresh: true, ..self }
    }

    /// Of a call whose arguments were written down.
    pub(super) fn of_written(
        cache: &Cache,
        function: Arc<Function>,
        name: Name,
        key: KeyBytes,
        portable: bool,
    ) -> Self {
        let typed = Some(cache.inner.store.written_key(function.template(), key));
        Self::new(cache, function, name, typed, portable)
    }

    pub(super) fn of_entry(cache: &Cache, function: Arc<Function>, name: impl Into<Name>, portable: bool) -> Self {
        Self::new(cache, function, name.into(), None, portable)
    }

    pub(crate) fn of_name(cache: &Cache, name: impl Into<Name>, portable: bool) -> Self {
        Self::new(cache, cache.inner.manual.clone(), name.into(), None, portable)
    }

    /// What the entry is trusted by, where other instances may have it too and tell of what they change.
    pub(super) fn trust(&self) -> Option<&Arc<Trust>> {
        let shared = self.portable && self.function.info.tier != Tier::Local;
        self.cache.inner.remote.as_ref().filter(|_| shared)?.trust()
    }

    /// The shared tier that this entry is in.
    pub(super) fn place(&self) -> Option<&Remote> {
        let shared = self.function.info.tier != Tier::Local && !self.function.in_conflict();
        self.cache.inner.remote.as_ref().filter(|_| shared && self.cache.inner.enabled())
    }

    /// What a shared tier has to do with this entry: where it is, and how the value goes there.
    pub(super) fn remote<T>(&self, codec: Option<Codec<T>>) -> Option<(Remote, Form<T>)> {
        let (remote, form) = self.place_and_form(codec)?;
        Some((remote.clone(), form))
    }

    pub(super) fn place_and_form<T>(&self, codec: Option<Codec<T>>) -> Option<(&Remote, Form<T>)> {
        let (remote, info) = (self.place()?, &self.function.info);
        let manual = self.is_manual();
        let version = if manual { self.cache.schema_version(&self.name) } else { info.version };
        let encoding = info.codec.unwrap_or(self.cache.inner.encoding);
        Some((remote, Form { codec: codec?, encoding, version, plain: manual }))
    }

    /// Whether instances that miss together share one load.
    pub(super) fn once_in_the_cluster(&self) -> bool {
        if self.is_manual() { self.cache.inner.cluster_flight } else { self.function.info.cluster_flight }
    }

    fn is_manual(&self) -> bool {
        Arc::ptr_eq(&self.function, &self.cache.inner.manual)
    }

    /// Whether values of this function live in memory.
    pub(super) fn in_memory(&self) -> bool {
        let inner = &self.cache.inner;
        match self.function.info.tier {
            Tier::Local => true,
            Tier::Shared => inner.remote.is_none(),
            Tier::Auto | Tier::Both => inner.memory || !self.portable,
        }
    }

    /// Stores a value in place of what there is, in the shared tier with those tags; gives what that owes with it.
    pub(crate) fn put<T: CacheValue>(
        mut self,
        value: T,
        heap: usize,
        codec: Option<Codec<T>>,
        ttl: Ttl,
        tags: Vec<String>,
    ) -> (Stored, Option<Owed>) {
        self.function.stats.set();
        let new = self.entry(value, heap, ttl);
        let owed = self.owed(codec, &new, ttl, tags);
        (self.stored(new), owed)
    }

    /// What is owed to the shared tier for a value that is about to be stored.
    #[cfg(feature = "shared")]
    fn owed<T: CacheValue>(
        &self,
        codec: Option<Codec<T>>,
        new: &NewEntry,
        ttl: Ttl,
        tags: Vec<String>,
    ) -> Option<Owed> {
        let lives = self.cache.span(ttl).is_some();
        match (self.remote(codec), new.entry.value::<T>().filter(|_| lives)) {
            (None, _) => self.outdate_elsewhere(),
            (Some((remote, form)), Some(value)) => {
                Some(remote.owe_value(&self.name, form, value, &new.entry.lived(new.at), tags))
            }
            (Some((remote, _)), None) => Some(remote.owe_removal(Names::One(self.name.to_string()))),
        }
    }

    // Nothing is: it is not compiled per type.
    #[cfg(not(feature = "shared"))]
    fn owed<T>(&self, _: Option<Codec<T>>, _: &NewEntry, _: Ttl, _: Vec<String>) -> Option<Owed> {
        None
    }

    fn stored(&self, new: NewEntry) -> Stored {
        if self.cache.inner.store.put(new) { Stored::in_memory() } else { Stored::nowhere() }
    }

    /// Writes down that the shared tier owes the removal of what a function that shares this entry, and lives there, may
    /// have stored: this one has changed it in memory alone.
    pub(super) fn outdate_elsewhere(&self) -> Option<Owed> {
        let info = &self.function.info;
        let may_share = info.tier == Tier::Local && info.explicit && self.cache.inner.enabled();
        if may_share { self.cache.owe_removal(&Names::One(self.name.to_string())) } else { None }
    }

    /// Stores an absence or an error in memory, or removes what is there where neither is stored. What the shared tier has is
    /// older in any case.
    pub(super) fn put_negative(mut self, negative: Option<Negative>, ttl: Option<Ttl>) -> (Stored, Option<Owed>) {
        let Some((negative, ttl)) = negative.zip(ttl) else { return (Stored::nowhere(), self.remove()) };
        let owed = self.cache.owe_removal(&Names::One(self.name.to_string()));
        let new = self.negative(negative, ttl);
        (self.stored(new), owed)
    }

    /// Stores a value unless there is a fresh one; says whether it did.
    pub(crate) fn put_if_absent<T: CacheValue>(mut self, value: T, ttl: Ttl) -> Result<bool, Unmade> {
        let store = self.cache.inner.store.clone();
        let new = self.lasting_entry(value, ttl)?;
        loop {
            let found = store.find(&self.name);
            if found.as_ref().is_some_and(has_value) {
                return Ok(false);
            }
            match store.replace(found.as_ref(), &new) {
                Replaced::Done => break,
                Replaced::NoRoom => return Err(Unmade::NoRoom),
                // Somebody else was quicker.
                Replaced::Changed => {}
            }
        }
        self.function.stats.set();
        Ok(true)
    }

    /// Adds to the count that is stored, in memory.
    pub(crate) fn increment(mut self, by: i64, ttl: Ttl) -> Result<i64, Unmade> {
        let store = self.cache.inner.store.clone();
        let first = self.lasting_entry(by, ttl)?;
        loop {
            let found = store.find(&self.name);
            let count = found.as_ref().filter(|entry| has_value(entry));
            let before = count.map_or(Ok(0), |entry| entry.value::<i64>().copied().ok_or(Unmade::OtherType))?;
            let sum = before.checked_add(by).ok_or(Unmade::Overflow)?;
            let times = if count.is_some() { found.as_ref() } else { None };
            let entry = Entry::sum(sum, times.unwrap_or(&first.entry));
            match store.replace(found.as_ref(), &NewEntry { entry, ..first }) {
                Replaced::Done => return Ok(sum),
                Replaced::NoRoom => return Err(Unmade::NoRoom),
                Replaced::Changed => {}
            }
        }
    }

    /// An entry for those who need to know what became of it.
    fn lasting_entry<T: CacheValue>(&mut self, value: T, ttl: Ttl) -> Result<NewEntry, Unmade> {
        if self.cache.span(ttl).is_none() {
            return Err(Unmade::NoTime);
        }
        let new = self.entry(value, 0, ttl);
        // The cache was closed meanwhile.
        if new.keep { Ok(new) } else { Err(Unmade::Disabled) }
    }

    /// Tells those who listen that the load has given an error.
    pub(super) fn load_failed(&self) {
        self.cache.inner.store.events.load_failed(self.function.shown(), &self.name, Cause::Error);
    }

    pub(super) fn remove(self) -> Option<Owed> {
        let names = Names::One(self.name.into());
        let owed = self.cache.owe_removal(&names);
        let entries = self.cache.inner.store.invalidate(&names);
        self.cache.inner.store.events.invalidated(&names, self.function.shown(), Cause::Absent, entries);
        owed
    }

    pub(super) fn now(&self) -> Ticks {
        self.cache.inner.store.clock.now()
    }

    /// How long a caller that begins now waits for others.
    pub(super) fn until(&self, now: Ticks) -> Ticks {
        now.saturating_add(self.cache.inner.store.max_wait)
    }
}
