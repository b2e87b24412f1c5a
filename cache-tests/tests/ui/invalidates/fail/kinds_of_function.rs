use std::future::Future;
use std::pin::Pin;

use cache_core::invalidates;

#[invalidates(pattern = "artist:*")]
const fn constant() {}

#[invalidates(pattern = "artist:*")]
fn opaque() -> impl Clone {}

#[invalidates(pattern = "artist:*")]
fn boxed() -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async {})
}

#[invalidates(pattern = "artist:*")]
struct Artist;

fn main() {}
