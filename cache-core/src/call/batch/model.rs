//! The smallest story in which batches overlap, in every interleaving that shuttle finds.

use std::collections::HashMap;
use std::sync::Arc;

use shuttle::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use shuttle::thread;

use super::{Batch, batch_blocking, distinct};
use crate::call::lookup;
use crate::models::{SITE, Source, cache, explore, number};
use crate::testing::ManualClock;
use crate::{__probed, Cache};

/// A decorated sync batch, as the macro writes it.
fn numbers(cache: &Cache, of: &[u64], body: impl Fn(&[u64]) -> HashMap<u64, u64>) -> HashMap<u64, u64> {
    let shape = __probed!(Option<u64>).shape();
    let items = distinct(of);
    let mut batch: Batch<'_, _, HashMap<u64, u64>, _, _, _> =
        batch_blocking(&items, |n| lookup(&SITE, shape, &(n,), Some(cache)), |_| crate::Ttl::Default);
    while batch.round_blocking() {
        let missing = batch.missing::<[u64]>();
        let answer = batch.run(|| body(&missing));
        batch.finish_blocking(answer);
    }
    batch.answer()
}

#[test]
fn model_batches_that_cross_load_each_item_once_and_store_nothing_invalidated() {
    explore(|| {
        let cache = cache(&ManualClock::new(), 10);
        let (source, loads) = (Source::default(), Arc::new(AtomicUsize::new(0)));
        let batches = [[1, 2], [2, 1]].map(|of| {
            let (cache, source, loads) = (cache.clone(), source.clone(), loads.clone());
            thread::spawn(move || {
                let found = numbers(&cache, &of, |missing| {
                    loads.fetch_add(usize::from(missing.contains(&2)), SeqCst);
                    let value = source.read();
                    missing.iter().map(|n| (*n, value)).collect()
                });
                assert_eq!(found.len(), 2);
            })
        });
        let writer = {
            let (cache, source) = (cache.clone(), source.clone());
            thread::spawn(move || {
                source.write();
                cache.local().invalidate("number:1");
                assert_eq!(number(&cache, 1, || source.read()), 1, "the writer reads its own write");
            })
        };
        batches.into_iter().for_each(|batch| batch.join().unwrap());
        writer.join().unwrap();
        assert_eq!(number(&cache, 1, || source.read()), 1);
        assert_eq!(loads.load(SeqCst), 1, "2 is loaded once");
        assert_eq!(cache.keys().len(), 2);
    });
}
