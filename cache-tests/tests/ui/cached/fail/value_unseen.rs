use std::future::Future;
use std::pin::Pin;

use cache_core::cached;

#[cached]
fn opaque(id: i64) -> impl Clone {
    id
}

#[cached]
fn future(id: i64) -> impl Future<Output = i64> {
    async move { id }
}

#[cached]
fn boxed_future(id: i64) -> Pin<Box<dyn Future<Output = i64> + Send>> {
    Box::pin(async move { id })
}

#[cached]
fn type_parameter<T: Clone + Default + Send + Sync + 'static>(id: i64) -> T {
    let _ = id;
    T::default()
}

#[cached]
fn associated_type<I: Iterator>(id: i64) -> I::Item {
    let _ = id;
    unimplemented!()
}

#[cached]
fn nothing(id: i64) {
    let _ = id;
}

#[cached]
fn unit(id: i64) -> () {
    let _ = id;
}

fn main() {}
