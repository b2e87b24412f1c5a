//! A call lives no longer than what its body borrows, of which it does not keep the type.

use cache_core::cached;

struct Db(u64);

#[cached(skip(db))]
async fn plain(db: &Db, id: u64) -> u64 {
    db.0 + id
}

#[cached(skip(db), cache_if = |value| *value > 0)]
async fn ruled(db: &Db, id: u64) -> u64 {
    db.0 + id
}

fn plain_call() -> impl Future<Output = u64> {
    let db = Db(1);
    plain(&db, 1)
}

fn ruled_call() -> impl Future<Output = u64> {
    let db = Db(1);
    ruled(&db, 1)
}

async fn dropped_first() -> u64 {
    let db = Db(1);
    let (call, refresh) = (plain(&db, 1), ruled::refresh(&db, 1));
    drop(db);
    call.await + refresh.await
}

fn main() {}
