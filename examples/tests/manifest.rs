//! The decorated functions of the examples, as a table for a review.

use cache_core::Cache;
// Linked, so that its functions are in the program.
use examples as _;

#[test]
fn every_decorated_function_is_listed_and_none_is_in_conflict() {
    let cache = Cache::builder().build().unwrap();
    let functions = cache.functions();
    println!("{functions}");
    cache.check().unwrap();
    let listed = |name: &str| functions.iter().find(|listed| listed.function == name).unwrap();
    let artist = listed("get_artist");
    assert_eq!((artist.template, artist.ttl), ("get_artist:{artist_id}", "300"));
    assert!(artist.file.ends_with(".rs") && artist.line > 0);
    assert!(functions.to_string().contains("get_artist:{artist_id}"));
}
