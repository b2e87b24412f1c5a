//! A miss, on its way to an answer: wait for somebody else's load, or lead one.

use std::any::TypeId;
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;

use super::outcome::{CacheValue, Outcome, Wrap};
use super::probe::Shape;
use crate::cache::{Cache, Stored};
use crate::clock::{NEVER, Ticks, span};
use crate::entry::Entry;
use crate::flight::{Landing, Led, Waited};
use crate::key::{Names, Segments, render};
use crate::lookup::{Lead, Ttl};
use crate::registry::Function;
use crate::store::{Ask, NewEntry, TypedKey, Verdict};
use crate::sync::block_on;

/// Failures of others that a caller waits for before it runs its own body beside theirs.
const PATIENT_FAILURES: u8 = 2;

/// Which entry a call is about. Owned: it outlives the arguments' borrow.
#[derive(Debug)]
pub(crate) struct Plan {
    cache: Cache,
    function: Arc<Function>,
    name: String,
    typed: Option<TypedKey>,
    refresh: bool,
}

impl Plan {
    pub(super) fn of_call<K: Segments>(cache: &Cache, function: Arc<Function>, key: &K, refresh: bool) -> Self {
        let name = render(function.info.texts, key);
        let typed = Some(cache.inner.store.typed_key(function.template(), key));
        Self { cache: cache.clone(), function, name, typed, refresh }
    }

    pub(crate) fn of_name(cache: &Cache, name: String) -> Self {
        Self { cache: cache.clone(), function: cache.inner.manual.clone(), name, typed: None, refresh: false }
    }

    fn deadline(&self, ttl: Ttl) -> Option<Ticks> {
        let inner = &self.cache.inner;
        let after = match ttl {
            Ttl::Never => return Some(NEVER),
            Ttl::Default => inner.default_ttl,
            Ttl::After(span) => span,
        };
        (!after.is_zero()).then(|| inner.store.clock.after(after))
    }

    /// The entry to be stored; unfit for keeping where its time to live is zero.
    fn entry<T: CacheValue>(self, value: T, heap: usize, ttl: Ttl) -> NewEntry {
        let deadline = self.deadline(ttl);
        let key_heap = self.typed.as_ref().map_or(0, TypedKey::heap_len);
        let now = self.cache.inner.store.clock.now();
        // A function that another one met meanwhile runs uncached from now on.
        let keep = deadline.is_some() && !self.function.in_conflict();
        let entry =
            Entry::new(value, heap.saturating_add(key_heap), self.name, self.function, now, deadline.unwrap_or(now));
        NewEntry { entry, typed: self.typed, keep }
    }

    pub(crate) fn put<T: CacheValue>(self, value: T, heap: fn(&T) -> usize, ttl: Ttl) -> Stored {
        let cache = self.cache.clone();
        self.function.stats.set();
        let heap = heap(&value);
        let kept = cache.inner.store.put(self.entry(value, heap, ttl));
        if kept { Stored::in_memory() } else { Stored::nowhere() }
    }

    pub(super) fn remove(self) {
        self.cache.inner.store.invalidate(&Names::One(self.name));
    }

    /// One question to the store.
    fn ask<T: CacheValue>(&mut self, led: Led, alone: bool, until: Ticks) -> Verdict {
        let ask = Ask {
            name: &self.name,
            value: TypeId::of::<T>(),
            is_value: |entry| entry.value::<T>().is_some(),
            led,
            refresh: std::mem::take(&mut self.refresh),
            alone: alone || !self.function.info.single_flight,
            until,
        };
        self.cache.inner.store.begin(&ask, &mut self.typed)
    }

    fn until(&self) -> Ticks {
        let store = &self.cache.inner.store;
        store.clock.now().saturating_add(store.max_wait)
    }
}

/// A call that was not answered at once. Without a plan it is its body and nothing else.
pub struct Miss<T, W: Wrap<T>> {
    plan: Option<Box<Plan>>,
    shape: Shape<T, W>,
}

impl<T, W: Wrap<T>> fmt::Debug for Miss<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Miss").field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl<T: CacheValue, W: Wrap<T>> Miss<T, W> {
    pub(crate) fn new(plan: Option<Plan>, shape: Shape<T, W>) -> Self {
        Self { plan: plan.map(Box::new), shape }
    }

    /// The answer: another caller's, or the body's.
    ///
    /// On the heap, so that the future of a call that hits stays as small as its arguments.
    ///
    /// # Cancel safety
    /// Dropping the future while it waits leaves the load to the others; dropping it while it runs the body hands the
    /// load over to one of those that wait.
    pub fn load<F: FnOnce() -> Fut, Fut: Future<Output = W::Full>>(
        mut self,
        ttl: Ttl,
        body: F,
    ) -> Pin<Box<impl Future<Output = W::Full> + use<T, W, F, Fut>>> {
        Box::pin(async move {
            let load = match self.approach(Led::Task).await {
                Approach::Answered(full) => return full,
                Approach::Leads(load) => Some(load),
                Approach::Uncached => None,
            };
            // Declared after the load, so dropped before it: a body is gone before the next leader's begins.
            let mut body = pin!(body());
            let full = poll_fn(|context| match &load {
                Some(load) => load.lead.flight.poll(body.as_mut(), context),
                None => body.as_mut().poll(context),
            })
            .await;
            match load {
                Some(load) => self.conclude(load, ttl, full),
                None => full,
            }
        })
    }

    /// [`load`](Self::load) for sync functions: waits by blocking the thread.
    pub fn load_blocking<F: FnOnce() -> W::Full>(mut self, ttl: Ttl, body: F) -> W::Full {
        match block_on(self.approach(Led::Thread)) {
            Approach::Answered(full) => full,
            Approach::Uncached => body(),
            Approach::Leads(load) => {
                let full = load.lead.flight.run(body);
                self.conclude(load, ttl, full)
            }
        }
    }

    /// Asks the store, and waits, until there is an answer or this caller is to load.
    async fn approach(&mut self, led: Led) -> Approach<W::Full> {
        let Some(plan) = &mut self.plan else { return Approach::Uncached };
        let until = plan.until();
        let mut failures = 0;
        let mut alone = false;
        // A refresh is no request; any other call is counted once, as what it turned out to be.
        let mut counted = plan.refresh;
        loop {
            let verdict = plan.ask::<T>(led, alone, until);
            if !matches!(verdict, Verdict::Hit(_)) && !std::mem::replace(&mut counted, true) {
                plan.function.stats.miss();
            }
            let wait = match verdict {
                Verdict::Hit(entry) => match entry.value::<T>() {
                    Some(value) => {
                        let stats = &plan.function.stats;
                        // A miss already: another caller's load has answered it meanwhile.
                        let sample = if counted {
                            stats.coalesced();
                            None
                        } else {
                            stats.hit()
                        };
                        entry.visit(sample);
                        return Approach::Answered(W::wrap(value.clone()));
                    }
                    None => continue,
                },
                Verdict::Load(flight) => {
                    let lead = Lead::new(flight, plan.cache.inner.store.clone());
                    let began = plan.cache.inner.store.clock.now();
                    return Approach::Leads(Load { lead, began });
                }
                Verdict::Wait(wait) => wait,
            };
            let answer = match wait.await {
                Waited::Landed(landing) => self.shape.read(landing),
                Waited::Expired => Err(Unanswered::Alone),
            };
            match answer {
                Ok(full) => {
                    plan.function.stats.coalesced();
                    return Approach::Answered(full);
                }
                Err(Unanswered::Abandoned) => {}
                Err(Unanswered::Failed) => failures += 1,
                Err(Unanswered::Alone) => alone = true,
            }
            alone |= failures >= PATIENT_FAILURES;
        }
    }

    /// Ends the load that this caller led.
    fn conclude(self, load: Load, ttl: Ttl, full: W::Full) -> W::Full {
        let Some(plan) = self.plan else { return full };
        let took = span(plan.cache.inner.store.clock.now().saturating_sub(load.began));
        match W::unwrap(full) {
            Outcome::Value(value) => {
                plan.function.stats.load(took, false);
                let heap = (self.shape.heap)(&value);
                let answer = W::wrap(value.clone());
                load.lead.store(plan.entry(value, heap, ttl));
                answer
            }
            Outcome::Absent(depth, full) => {
                plan.function.stats.load(took, false);
                load.lead.end(Landing::Absent(depth));
                full
            }
            Outcome::Failed(full) => {
                plan.function.stats.load(took, true);
                load.lead.end(Landing::Failed((self.shape.share)(&full).map(Arc::new)));
                full
            }
        }
    }
}

enum Approach<R> {
    Answered(R),
    Leads(Load),
    Uncached,
}

struct Load {
    lead: Lead,
    began: Ticks,
}

/// Why another caller's load was no answer.
enum Unanswered {
    Abandoned,
    Failed,
    /// This caller is not to wait again.
    Alone,
}

impl<T: CacheValue, W: Wrap<T>> Shape<T, W> {
    fn read(&self, landing: Landing) -> Result<W::Full, Unanswered> {
        match landing {
            // A flight is joined by its value's type, so the value is one.
            Landing::Value(entry) => entry.value::<T>().map(|value| W::wrap(value.clone())).ok_or(Unanswered::Alone),
            // The function that shares the entry may have another return type, which says less or more.
            Landing::Absent(depth) => W::absent(depth).ok_or(Unanswered::Alone),
            Landing::Failed(Some(shared)) => (self.unshare)(&shared).ok_or(Unanswered::Failed),
            Landing::Failed(None) => Err(Unanswered::Failed),
            Landing::Abandoned => Err(Unanswered::Abandoned),
        }
    }
}
