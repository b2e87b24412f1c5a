use cache_core::cached;

#[cached(ttl = "5m")]
async fn get_artist(artist_id: i64) -> Result<Option<String>, std::num::ParseIntError> {
    let name: String = artist_id;
    let id = name.parse::<i64>()?;
    Ok(id)
}

fn main() {}
