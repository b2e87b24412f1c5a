//! The process-wide cache. One test, for there is one such cache in a process.

use cache_core::{Cache, ErrorKind, cached, get_cache, init_cache, init_from_env};

#[cached]
fn double(n: u64) -> u64 {
    2 * n
}

#[test]
fn the_process_wide_cache_is_set_once_and_serves_every_function() {
    let cache = Cache::builder().namespace("shop").max_entries(3).build().unwrap();
    init_cache(cache.clone()).unwrap();

    for n in 0..5 {
        assert_eq!(double(n), 2 * n);
    }
    assert_eq!(cache.stats().entries, 3, "the functions use the cache that was set");
    assert_eq!(get_cache().namespace(), "shop");

    let error = init_cache(Cache::builder().build().unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyInitialized);
    assert!(error.to_string().contains("before the first cached call"), "{error}");
    assert_eq!(init_from_env().unwrap().namespace(), "shop", "what is there stays");
}
