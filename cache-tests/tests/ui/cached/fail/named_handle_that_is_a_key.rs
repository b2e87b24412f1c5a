use cache_core::{CacheKey, cached};

#[derive(CacheKey, Clone)]
struct TransactionId(u64);

#[cached]
fn receipt(transaction: &TransactionId, line: u32) -> u64 {
    transaction.0 + u64::from(line)
}

fn main() {}
