//! A call is no more `Send` than its body, of which it does not keep the type.

use std::rc::Rc;

use cache_core::cached;

#[cached]
async fn plain(id: u64) -> u64 {
    let mine = Rc::new(id);
    std::future::ready(()).await;
    *mine
}

#[cached(cache_if = |value| *value > 0)]
async fn ruled(id: u64) -> u64 {
    let mine = Rc::new(id);
    std::future::ready(()).await;
    *mine
}

fn sent<T: Send>(_: T) {}

fn main() {
    sent(plain(1));
    sent(plain::refresh(1));
    sent(ruled(1));
    sent(ruled::refresh(1));
}
