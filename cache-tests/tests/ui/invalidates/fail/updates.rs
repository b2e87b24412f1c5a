use cache_core::{cached, updates};

#[cached(ttl = "5m")]
async fn get(id: i64) -> Option<String> {
    Some(id.to_string())
}

#[updates]
async fn nothing() -> String {
    String::new()
}

#[updates(get(_))]
async fn open() -> String {
    String::new()
}

#[updates(get(..))]
async fn rest() -> String {
    String::new()
}

#[updates(key = "get:1")]
async fn by_key() -> String {
    String::new()
}

#[updates(get(id))]
async fn wrong_type(id: i64) -> u8 {
    id as u8
}

#[updates(get(id, id))]
async fn wrong_arity(id: i64) -> String {
    id.to_string()
}

#[updates(get(1))]
struct Item;

fn main() {}
