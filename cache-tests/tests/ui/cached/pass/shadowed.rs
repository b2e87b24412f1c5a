//! Names of the prelude mean something else here.
#![allow(dead_code, non_snake_case, unused_imports, unused_macros)]

use cache_core::{cached, invalidates, key, CacheKey, Weigh};

mod core {}
mod std {}
mod alloc {}
mod cache_core_private {}

struct Option;
struct Result;
struct String;
struct Vec;
struct Box;
struct FnOnce;
struct Future;
struct Clone;
struct Default;
struct From;
struct AsRef;
struct Into;
enum Shadow {
    Some,
    None,
    Ok,
    Err,
}
use Shadow::{Err, None, Ok, Some};

macro_rules! module_path {
    () => {
        compile_error!("shadowed")
    };
}
macro_rules! file {
    () => {
        compile_error!("shadowed")
    };
}
macro_rules! line {
    () => {
        compile_error!("shadowed")
    };
}

fn drop() {}
fn lookup() {}

#[derive(CacheKey, Weigh)]
enum Status {
    Any,
    Words(u8),
}

#[derive(CacheKey)]
struct Generic<S, __S2: ?Sized>(S, ::std::boxed::Box<__S2>);

#[cached(key = "a:{id|hash}:{name|lower}", ttl = "5m", skip(status))]
async fn get(id: i64, name: &str, status: &Status) -> ::std::result::Result<::std::option::Option<i64>, i64> {
    let _ = (name, status);
    ::std::result::Result::Ok(::std::option::Option::Some(id))
}

#[cached]
fn sync(name: impl ::std::convert::AsRef<str>, title: impl ::std::convert::Into<::std::string::String>) -> usize {
    let title: ::std::string::String = title.into();
    name.as_ref().len() + title.len()
}

#[invalidates(sync(result, _), sync("", ..), key = "a:{id}:{result}", pattern = "a:{id}*")]
fn write(id: i64) -> &'static str {
    let _ = id;
    ""
}

#[invalidates(sync(_, ..))]
async fn write_later(id: i64) -> ::std::result::Result<(), i64> {
    ::std::result::Result::Err(id)
}

fn main() {
    let _ = get(1, "", &Status::Any);
    assert_eq!(sync("a", "b"), 2);
    assert_eq!(write(5), "");
    let _ = write_later(5);
    assert_eq!(key!("a:{}", 5), "a:5");
}
