use cache_core::cached;

#[cached]
const fn constant(id: i64) -> i64 {
    id
}

#[cached]
unsafe fn dangerous(id: i64) -> i64 {
    id
}

#[cached]
extern "C" fn foreign(id: i64) -> i64 {
    id
}

fn main() {}
