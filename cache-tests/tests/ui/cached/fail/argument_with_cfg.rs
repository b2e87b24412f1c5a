use cache_core::cached;

#[cached]
fn get(id: i64, #[cfg(unix)] page: u32) -> i64 {
    id + i64::from(page)
}

fn main() {}
