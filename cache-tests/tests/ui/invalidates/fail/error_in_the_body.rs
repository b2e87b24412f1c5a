use cache_core::invalidates;

#[invalidates(pattern = "artist:*")]
async fn rename(name: &str) -> Result<u8, std::num::ParseIntError> {
    let id: i64 = name.parse::<u8>()?;
    id
}

#[invalidates(pattern = "artist:*")]
fn remove(name: &str) -> Result<u8, std::num::ParseIntError> {
    let id: i64 = name.parse::<u8>()?;
    id
}

fn main() {}
