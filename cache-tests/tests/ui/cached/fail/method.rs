use cache_core::cached;

struct Repo;

impl Repo {
    #[cached(ttl = "5m")]
    fn method(&self, id: i64) -> i64 {
        id
    }

    #[cached]
    fn constructor(id: i64) -> Option<Self> {
        let _ = id;
        None
    }
}

#[cached]
impl Repo {
    fn other(&self) {}
}

fn main() {
    Repo.method(5);
    Repo.other();
}
