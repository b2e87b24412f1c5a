use cache_core::cached;

#[cached]
struct Artist;

#[cached]
mod artists {}

#[cached]
static ARTIST: u8 = 5;

trait Artists {
    #[cached]
    fn get(id: i64) -> i64;
}

fn main() {}
