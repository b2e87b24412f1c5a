use cache_core::cached;

#[cached(tags = ["artist:{id}"], tags_with = |v| vec![v], cluster_flight = true, batch = ids)]
fn keys(id: i64) -> i64 {
    id
}

fn main() {}
