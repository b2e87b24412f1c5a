//! A body that runs beside its caller owns its arguments.

use cache_core::cached;

struct Tx<'a>(&'a str);

#[cached(stale_while_revalidate = "1m", skip(tx))]
async fn a_session(tx: &mut Tx<'_>, id: u64) -> u64 {
    let _ = tx.0;
    id
}

#[cached(refresh_ahead = 0.8)]
async fn borrowed_parts(ids: &[&str], pair: (u64, &str)) -> usize {
    ids.len() + pair.1.len()
}

#[cached(stale_while_revalidate = "1m", cache_if = |_| name.len() > 1)]
async fn rule_over_a_reference(name: &str) -> usize {
    name.len()
}

struct NotClone;

#[cached(stale_while_revalidate = "1m", skip(source))]
async fn not_clone(source: &NotClone, id: u64) -> u64 {
    let _ = source;
    id
}

#[cached(stale_while_revalidate = "1m", skip(source))]
async fn not_send(source: std::rc::Rc<u64>, id: u64) -> u64 {
    *source + id
}

fn main() {}
