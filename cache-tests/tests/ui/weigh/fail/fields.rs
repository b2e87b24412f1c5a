use cache_core::Weigh;

struct Opaque;

#[derive(Weigh)]
struct Artist {
    id: i64,
    portrait: Opaque,
}

fn main() {}
