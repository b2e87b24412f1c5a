//! A shared tier in memory.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::channel::Channel;

use crate::clock::{Clock, NEVER, Ticks};
use crate::tier::{Backplane, Change, Fetched, Message, Origin, Reach, SharedTier, Stamp, Sweep, Swept, TierFuture};

/// How many changes are remembered, to hold stamps against. A stamp from before the first of them is refused.
const REMEMBERED: usize = 4_096;

/// A shared tier in memory, for tests: give clones of one to several caches, and they are instances of one service.
///
/// ```
/// use cache_core::testing::MemoryTier;
/// use cache_core::{Cache, Shared, Ttl};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let tier = MemoryTier::new();
/// let here = Cache::builder().shared(tier.clone()).build()?;
/// let there = Cache::builder().shared(tier).build()?;
/// assert_eq!(here.set("answer", 42_u32, Ttl::Default).await.shared, Shared::Applied);
/// assert_eq!(there.get::<u32>("answer").await, Some(42));
/// # Ok::<(), cache_core::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Default)]
pub struct MemoryTier(Arc<Inner>);

#[derive(Default)]
struct Inner {
    clock: Clock,
    state: Mutex<State>,
    tells: AtomicBool,
    channel: Channel,
}

#[derive(Default)]
struct State {
    records: HashMap<Place, Record>,
    claims: HashMap<Place, Claim>,
    /// Goes up by one with each change.
    now: u128,
    /// What was changed when, the oldest first.
    changes: VecDeque<(u128, String, Change)>,
    /// Stamps from before this cannot be judged.
    forgotten: u128,
}

/// A namespace and a name.
type Place = (String, String);

struct Record {
    bytes: Vec<u8>,
    until: Ticks,
    tags: Vec<String>,
}

/// Who loads a name.
struct Claim {
    holder: Origin,
    stamp: Stamp,
    until: Ticks,
    /// Somebody else has asked for it.
    waited: bool,
}

impl MemoryTier {
    /// An empty one on the machine's clock.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty one on a clock of the test's.
    #[must_use]
    pub fn with_clock(clock: impl Into<Clock>) -> Self {
        Self(Arc::new(Inner { clock: clock.into(), ..Inner::default() }))
    }

    /// Lets caches that are made with it from now on tell each other of their changes: each has a thread that listens.
    ///
    /// ```
    /// use cache_core::testing::MemoryTier;
    /// use cache_core::{Cache, Ttl};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let tier = MemoryTier::new().with_backplane();
    /// let here = Cache::builder().shared(tier.clone()).build()?;
    /// let there = Cache::builder().shared(tier).build()?;
    /// here.set("answer", 41, Ttl::Default).await;
    /// assert_eq!(there.get::<i32>("answer").await, Some(41));
    /// here.set("answer", 42, Ttl::Default).await;
    /// while there.get::<i32>("answer").await != Some(42) {
    ///     std::thread::yield_now();
    /// }
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn with_backplane(self) -> Self {
        self.0.tells.store(true, Ordering::Relaxed);
        self
    }

    /// How many records are fresh.
    #[must_use]
    pub fn len(&self) -> usize {
        let now = self.0.clock.now();
        self.0.state.lock().records.values().filter(|record| now < record.until).count()
    }

    /// How many bytes the records have that are fresh.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let now = self.0.clock.now();
        let state = self.0.state.lock();
        state.records.values().filter(|record| now < record.until).map(|record| record.bytes.len()).sum()
    }

    /// Whether there is no fresh record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts bytes under a name as another program would.
    pub fn plant(&self, namespace: &str, name: &str, bytes: impl Into<Vec<u8>>) {
        let record = Record { bytes: bytes.into(), until: NEVER, tags: Vec::new() };
        self.0.state.lock().records.insert((namespace.to_owned(), name.to_owned()), record);
    }

    fn until(&self, ttl: Option<Duration>) -> Ticks {
        ttl.map_or(NEVER, |ttl| self.0.clock.after(ttl))
    }
}

impl fmt::Debug for MemoryTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryTier").field("len", &self.len()).finish()
    }
}

impl State {
    fn note(&mut self, namespace: &str, change: Change) {
        self.now += 1;
        self.changes.push_back((self.now, namespace.to_owned(), change));
        if self.changes.len() > REMEMBERED
            && let Some((at, ..)) = self.changes.pop_front()
        {
            self.forgotten = at;
        }
    }

    fn fresh(&self, place: &Place, now: Ticks) -> Option<&Record> {
        self.records.get(place).filter(|record| now < record.until)
    }

    /// Whether nothing reached the name, or one of the tags, since the stamp was given.
    fn holds(&self, stamp: Stamp, namespace: &str, name: &str, tags: &[String]) -> bool {
        let reaches = |change: &Change| change.reaches(name) || tags.iter().any(|tag| change.reaches_tag(tag));
        stamp.0 >= self.forgotten
            && !self
                .changes
                .iter()
                .rev()
                .take_while(|(at, ..)| *at > stamp.0)
                .any(|(_, space, change)| space == namespace && reaches(change))
    }

    fn remove(&mut self, namespace: &str, reach: &Reach) {
        let tagged = |record: &Record| reach.tag().is_some_and(|tag| record.tags.iter().any(|other| other == tag));
        self.records.retain(|(space, name), record| space != namespace || !(reach.contains(name) || tagged(record)));
    }

    fn make(&mut self, namespace: &str, change: &Change, until: impl Fn(Option<Duration>) -> Ticks) {
        match change {
            Change::Set { name, record, ttl, tags } => {
                let record = Record { bytes: record.clone(), until: until(*ttl), tags: tags.clone() };
                self.records.insert((namespace.to_owned(), name.clone()), record);
            }
            Change::Remove(reach) => self.remove(namespace, reach),
        }
        self.note(namespace, change.clone());
    }
}

/// Everything is done in one step, when it is polled.
fn step<'a, T: Send + 'a>(step: impl FnOnce() -> T + Send + 'a) -> TierFuture<'a, T> {
    Box::pin(async move { Ok(step()) })
}

impl SharedTier for MemoryTier {
    fn get<'a>(&'a self, namespace: &'a str, name: &'a str) -> TierFuture<'a, Fetched> {
        step(move || {
            let state = self.0.state.lock();
            match state.fresh(&(namespace.to_owned(), name.to_owned()), self.0.clock.now()) {
                Some(Record { bytes, tags, .. }) if tags.is_empty() => Fetched::Found(bytes.clone()),
                Some(Record { bytes, tags, .. }) => Fetched::Tagged(bytes.clone(), tags.clone()),
                None => Fetched::Missing(Stamp(state.now)),
            }
        })
    }

    fn renew<'a>(&'a self, namespace: &'a str, name: &'a str) -> TierFuture<'a, Stamp> {
        step(move || {
            let mut state = self.0.state.lock();
            // Noted as a removal, which outdates what came before; nothing is removed.
            state.note(namespace, Change::remove(name));
            Stamp(state.now)
        })
    }

    fn put<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
        record: &'a [u8],
        ttl: Option<Duration>,
        stamp: Stamp,
        tags: &'a [String],
    ) -> TierFuture<'a, bool> {
        step(move || {
            let mut state = self.0.state.lock();
            let holds = state.holds(stamp, namespace, name, tags);
            if holds {
                let record = Record { bytes: record.to_vec(), until: self.until(ttl), tags: tags.to_vec() };
                state.records.insert((namespace.to_owned(), name.to_owned()), record);
            }
            holds
        })
    }

    fn tell<'a>(&'a self, namespace: &'a str, message: &'a Message) -> TierFuture<'a, ()> {
        step(move || self.0.channel.tell(namespace, message))
    }

    fn claim<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
        stamp: Stamp,
        holder: Origin,
        lease: Duration,
    ) -> TierFuture<'a, bool> {
        step(move || {
            let mut state = self.0.state.lock();
            let (now, until) = (self.0.clock.now(), self.0.clock.after(lease));
            let place = (namespace.to_owned(), name.to_owned());
            let other = state.claims.get(&place).filter(|claim| claim.holder != holder && now < claim.until);
            let refused =
                other.is_some_and(|claim| claim.stamp == stamp || state.holds(claim.stamp, namespace, name, &[]));
            let claim = state.claims.entry(place).or_insert(Claim { holder, stamp, until, waited: false });
            claim.waited |= refused;
            if !refused {
                *claim = Claim { holder, stamp, until, waited: claim.waited };
            }
            !refused
        })
    }

    fn disclaim<'a>(&'a self, namespace: &'a str, name: &'a str, holder: Origin) -> TierFuture<'a, bool> {
        step(move || {
            let mut state = self.0.state.lock();
            let place = (namespace.to_owned(), name.to_owned());
            let held = state.claims.get(&place).is_some_and(|claim| claim.holder == holder);
            held && state.claims.remove(&place).is_some_and(|claim| claim.waited)
        })
    }

    fn backplane(&self, namespace: &str) -> Option<Box<dyn Backplane>> {
        let tells = self.0.tells.load(Ordering::Relaxed);
        tells.then(|| Box::new(self.0.channel.listen(namespace, self.0.clock.clone())) as _)
    }

    fn apply<'a>(&'a self, namespace: &'a str, changes: &'a [Change]) -> TierFuture<'a, ()> {
        step(move || {
            let mut state = self.0.state.lock();
            for change in changes {
                state.make(namespace, change, |ttl| self.until(ttl));
            }
        })
    }

    fn announce<'a>(&'a self, namespace: &'a str, _: Sweep, swept: Swept, reaches: &'a [Reach]) -> TierFuture<'a, ()> {
        step(move || {
            let mut state = self.0.state.lock();
            for reach in reaches.iter().filter(|_| swept == Swept::NotYet) {
                state.note(namespace, Change::Remove(reach.clone()));
            }
        })
    }

    fn set_if_absent<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
        record: &'a [u8],
        ttl: Option<Duration>,
    ) -> TierFuture<'a, bool> {
        step(move || {
            let mut state = self.0.state.lock();
            let place = (namespace.to_owned(), name.to_owned());
            let absent = state.fresh(&place, self.0.clock.now()).is_none();
            if absent {
                let set = Change::Set { name: place.1, record: record.to_vec(), ttl, tags: Vec::new() };
                state.make(namespace, &set, |ttl| self.until(ttl));
            }
            absent
        })
    }

    fn discard<'a>(&'a self, namespace: &'a str, name: &'a str, record: &'a [u8]) -> TierFuture<'a, bool> {
        step(move || {
            let mut state = self.0.state.lock();
            let place = (namespace.to_owned(), name.to_owned());
            let is_it = state.records.get(&place).is_some_and(|there| there.bytes == record);
            if is_it {
                state.make(namespace, &Change::remove(name), |_| NEVER);
            }
            is_it
        })
    }

    fn increment<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
        by: i64,
        ttl: Option<Duration>,
    ) -> TierFuture<'a, i64> {
        Box::pin(async move {
            let mut state = self.0.state.lock();
            let place = (namespace.to_owned(), name.to_owned());
            let until = match state.records.get(&place) {
                Some(record) if self.0.clock.now() < record.until => record.until,
                _ => self.until(ttl),
            };
            let count = match state.fresh(&place, self.0.clock.now()) {
                None => 0,
                Some(Record { bytes, .. }) => {
                    std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()).ok_or("it is no count")?
                }
            };
            let sum: i64 = i64::checked_add(count, by).ok_or("the sum is no 64-bit integer")?;
            state.records.insert(place, Record { bytes: sum.to_string().into_bytes(), until, tags: Vec::new() });
            state.note(namespace, Change::remove(name));
            Ok(sum)
        })
    }
}
