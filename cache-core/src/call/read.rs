//! Reading without a body: what the shared tier has comes into memory, and nobody is made to wait.

use super::asking::sought;
use super::outcome::{CacheValue, Wrap};
use super::plan::Plan;
use super::probe::Shape;
use crate::entry::Stored;
use crate::flight::{Landing, Led};
use crate::lookup::Lead;
use crate::store::Verdict;
use crate::tier::Loaded;

impl Plan {
    /// What the shared tier has, as far as memory has nothing. It is stored in memory unless its name is invalidated
    /// meanwhile.
    pub(crate) async fn fetch<T: CacheValue, W: Wrap<T>>(mut self, shape: &Shape<T, W>) -> Option<W::Full> {
        let (remote, form) = self.remote(shape.codec)?;
        match self.register::<T>() {
            Registered::Hit(entry) => shape.show(&entry),
            Registered::No => None,
            Registered::Lead(lead) => {
                let loaded = remote.load(&self.name, form, remote.until()).await;
                if matches!(loaded, Loaded::Away) {
                    self.function.stats.error();
                }
                self.arrive(shape, lead, loaded)
            }
        }
    }

    /// [`fetch`](Self::fetch) of many, which the shared tier is asked for at once.
    pub(crate) async fn fetch_many<T: CacheValue, W: Wrap<T>>(
        mut plans: Vec<Self>,
        shape: &Shape<T, W>,
    ) -> Vec<Option<W::Full>> {
        let Some((remote, form)) = plans.first().and_then(|plan| plan.remote(shape.codec)) else {
            return plans.iter().map(|_| None).collect();
        };
        let registered: Vec<_> = plans.iter_mut().map(|plan| plan.register::<T>()).collect();
        let asked = plans.iter().zip(&registered).filter(|(_, entry)| matches!(entry, Registered::Lead(_)));
        let names: Vec<_> = asked.map(|(plan, _)| plan.name.to_string()).collect();
        let mut loaded = remote.load_many(&names, form, remote.until()).await.into_iter();
        let arrive = |(plan, registered): (&mut Self, Registered)| match registered {
            Registered::Hit(entry) => shape.show(&entry),
            Registered::No => None,
            Registered::Lead(lead) => plan.arrive(shape, lead, loaded.next().unwrap_or(Loaded::Away)),
        };
        plans.iter_mut().zip(registered).map(arrive).collect()
    }

    /// Registers a load of its own, which nobody waits for: what invalidates the name detaches it.
    fn register<T: CacheValue>(&mut self) -> Registered {
        // Of another type: it stays what it is.
        if self.cache.inner.store.find(&self.name).is_some_and(|entry| entry.value::<T>().is_none()) {
            return Registered::No;
        }
        match self.ask(sought::<T>(false), Led::Task, true, self.until(self.now())) {
            Verdict::Hit(entry) | Verdict::Stale(entry) => Registered::Hit(entry),
            Verdict::Load(flight, _) => Registered::Lead(Lead::new(flight, self.cache.inner.store.clone())),
            Verdict::Wait(_) => Registered::No,
        }
    }

    fn arrive<T: CacheValue, W: Wrap<T>>(
        &mut self,
        shape: &Shape<T, W>,
        lead: Lead,
        loaded: Loaded<T>,
    ) -> Option<W::Full> {
        let freshness = self.function.freshness;
        match loaded {
            Loaded::Value(value, lived, tags) if freshness.standing_of(&lived).is_fresh() => {
                let heap = shape.heap(&value);
                let full = W::wrap(value.clone());
                let mut new = self.entry_of_record(value, heap, &lived);
                // What removes its tags would not find it.
                new.keep &= tags.is_empty();
                lead.store(new, None);
                Some(full)
            }
            Loaded::Count(value) => {
                lead.end(Landing::Abandoned);
                Some(W::wrap(value))
            }
            Loaded::Absent(depth, lived, _) if freshness.standing_of(&lived).is_fresh() => {
                lead.end(Landing::Abandoned);
                W::absent(depth)
            }
            Loaded::Value(..) | Loaded::Absent(..) | Loaded::Missing(_) | Loaded::Away => {
                lead.end(Landing::Abandoned);
                None
            }
        }
    }
}

enum Registered {
    /// It is in memory after all.
    Hit(Stored),
    Lead(Lead),
    No,
}
