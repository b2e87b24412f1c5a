//! While nobody listens, a change allocates for its events nothing. In a binary of its own, for its counting allocator.

use allocation_counter::measure;
use cache_core::{Cache, Ttl};

#[test]
fn names_are_copied_for_those_who_listen_alone() {
    let cache = Cache::builder().build().unwrap();
    let change = || {
        cache.local().set("a", 1, Ttl::Default);
        cache.local().invalidate("a");
    };
    change();
    let silent = measure(change).count_total;
    let mut events = cache.events();
    change();
    events.try_recv();
    let told = measure(change).count_total;
    assert!(told >= silent + 2, "a name for each of two events: {told} after {silent}");
    drop(events);
    change();
    assert_eq!(measure(change).count_total, silent, "it is over with the last subscriber");
}
