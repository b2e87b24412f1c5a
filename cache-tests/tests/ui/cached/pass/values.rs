//! What can be returned.
#![allow(unused_parens)]

use std::error::Error;
use std::sync::Arc;

use cache_core::cached;

type ApiResult<T> = Result<T, Box<dyn Error + Send + Sync>>;
type Page<T> = ApiResult<Option<Arc<[T]>>>;

struct NotClone;

#[cached]
async fn alias(id: i64) -> ApiResult<i64> {
    Ok(id)
}

#[cached]
async fn nested(id: i64) -> Page<i64> {
    if id > 5 {
        return Err("too many".into());
    }
    let id = id.to_string().parse::<i64>()?;
    Ok(Some(Arc::new([id])))
}

#[cached]
fn layers(id: i64) -> Option<Result<Option<String>, String>> {
    Some(Ok(Some(id.to_string())))
}

#[cached]
fn unclonable_error(id: i64) -> Result<i64, NotClone> {
    if id > 5 {
        Err(NotClone)
    } else {
        Ok(id)
    }
}

#[cached]
fn static_reference(id: i64) -> &'static str {
    if id > 5 {
        "many"
    } else {
        "few"
    }
}

#[cached]
fn shared(id: i64) -> Arc<NotClone> {
    let _ = id;
    Arc::new(NotClone)
}

#[cached]
fn function(id: i64) -> fn(&str) -> usize {
    let _ = id;
    str::len
}

#[cached]
async fn generic<T>(id: i64) -> Result<Vec<T>, String>
where
    T: Clone + Default + Send + Sync + 'static,
{
    Ok(vec![T::default(); id as usize])
}

#[cached]
fn parenthesized(id: i64) -> (Option<i64>) {
    Some(id)
}

fn main() {
    assert_eq!(layers(5), Some(Ok(Some("5".to_owned()))));
    assert_eq!(layers::peek(5), Some(Some(Ok(Some("5".to_owned())))));
    let _ = layers::put(6, "6".to_owned());
    let _ = layers::put(6, Some("6".to_owned()));
    let _ = layers::put(6, Ok(Some("six".to_owned())));
    let _ = layers::put(6, Some(Ok(Some("six".to_owned()))));
    assert_eq!(layers(6), Some(Ok(Some("six".to_owned()))));
    assert!(unclonable_error(6).is_err());
    assert_eq!(static_reference(6), "many");
    assert_eq!(function(6)("four"), 4);
    let _ = (shared(6), parenthesized(6), alias(6), nested(6), generic::<u8>(6), generic::peek::<u8>(6));
}
