//! The functions that use a cache, and what it counts of them.

use std::collections::HashMap;
use std::sync::Arc;

use super::Cache;
use super::check::Conflict;
use crate::events::Cause;
use crate::registry::{Added, Described, Function, Kind, Site, ValueFacts};
use crate::stats::{FunctionStats, Stats, Sum};

impl Cache {
    /// The function as this cache knows it. None where its calls are to run uncached.
    pub(crate) fn function(
        &self,
        site: &'static Site,
        value: ValueFacts,
        kinds: &dyn Fn() -> Vec<Kind>,
    ) -> Option<Arc<Function>> {
        if !self.inner.enabled() {
            return None;
        }
        let function =
            self.known_function(site).unwrap_or_else(|| self.register(site, Described::of_call(value, kinds())));
        (!function.in_conflict()).then_some(function)
    }

    #[cold]
    fn register(&self, site: &'static Site, types: Described) -> Arc<Function> {
        let add = |instead| self.inner.registry.add(site, types, instead);
        let Added { function, conflicts } = self.inner.overrides.with(&site.info, add);
        for (a, b) in conflicts {
            tracing::error!(target: "cache", "{}: both run uncached", Conflict::new(a, b));
            let other = if std::ptr::eq(a, site) { b } else { a };
            let names = other.info.names();
            let entries = self.inner.store.invalidate(&names);
            self.invalidated(&names, Some(other.info.function), Cause::Conflict, entries);
        }
        if self.inner.lasting && !function.in_conflict() {
            site.settle(self.inner.id, &function);
        }
        function
    }

    pub(crate) fn function_stats(&self, site: &'static Site) -> Stats {
        self.sum(self.inner.registry.get(site).as_ref(), &self.inner.store.expired_by_function())
    }

    /// The counts of the whole cache. Looks at every entry, to tell the fresh from the expired.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let functions = self.inner.registry.all();
        self.sum(functions.iter().chain([&self.inner.manual]), &self.inner.store.expired_by_function())
    }

    /// The counts of each function that was called, by module and line, then those of this type's own methods. Looks
    /// at every entry once.
    #[must_use]
    pub fn stats_by_function(&self) -> Vec<FunctionStats> {
        let one = |(function, stats): (Arc<Function>, Stats)| FunctionStats {
            function: function.info.function,
            module: function.info.module,
            template: function.info.template,
            stats,
        };
        self.functions_with_stats().into_iter().map(one).collect()
    }

    /// Each function that was called, then what stands for the cache's own methods.
    pub(crate) fn functions_with_stats(&self) -> Vec<(Arc<Function>, Stats)> {
        let expired = self.inner.store.expired_by_function();
        let mut functions = self.inner.registry.all();
        functions.push(self.inner.manual.clone());
        let with_stats = |function: Arc<Function>| {
            let stats = self.sum([&function], &expired);
            (function, stats)
        };
        functions.into_iter().map(with_stats).collect()
    }

    fn sum<'a>(
        &self,
        functions: impl IntoIterator<Item = &'a Arc<Function>>,
        expired: &HashMap<*const Function, usize>,
    ) -> Stats {
        let mut sum = Sum::default();
        let mut expired_here = 0;
        for function in functions {
            function.stats.add_to(&mut sum);
            expired_here += expired.get(&Arc::as_ptr(function)).copied().unwrap_or_default();
        }
        let (max_entries, max_bytes) = self.inner.store.bounds();
        sum.finish(expired_here, max_entries, max_bytes)
    }
}
