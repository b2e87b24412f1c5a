use cache_core::cached;

#[cached(cluster_flight = true)]
fn keys(id: i64) -> i64 {
    id
}

fn main() {}
