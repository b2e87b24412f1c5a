use cache_core::cached;

struct Session {
    user_id: i64,
}

#[cached]
fn by_reference(session: &Session, id: i64) -> i64 {
    session.user_id + id
}

#[derive(Clone)]
struct AppState;

#[cached]
async fn by_value(state: AppState, id: i64) -> i64 {
    let _ = state;
    id
}

#[cached]
fn closure(ctx: fn() -> i64) -> i64 {
    ctx()
}

#[cached]
fn inside(ids: &[Session]) -> i64 {
    ids.len() as i64
}

#[cached]
fn unbounded<T>(id: T) -> i64 {
    let _ = id;
    0
}

fn main() {}
