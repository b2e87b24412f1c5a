//! TTLs that are changed while the program runs: by a call, and by a file that is read again.

use std::error::Error;
use std::time::Duration;

use cache_core::{Cache, cached, init_cache};

#[cached(ttl = "5m")]
async fn get_artist(id: i64) -> Option<String> {
    Some(format!("artist {id}"))
}

/// The time to live that the next value of `get_artist` is stored with.
async fn stored_for(cache: &Cache) -> Result<Duration, Box<dyn Error>> {
    get_artist::invalidate(42).await;
    get_artist(42).await;
    let entry = cache.entry("get_artist:42").ok_or("it was just stored")?;
    Ok(Duration::from_secs(entry.remaining.ok_or("it expires")?.as_secs_f64().round() as u64))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let cache = Cache::builder().build()?;
    init_cache(cache.clone())?;
    println!("as in the code: {:?}", stored_for(&cache).await?);

    let folder = tempfile::tempdir()?;
    let file = folder.path().join("cache.toml");
    std::fs::write(&file, "[ttl]\nget_artist = \"1h\"\n")?;
    cache.reload_ttl_overrides(&file)?;
    println!("as in the file: {:?}", stored_for(&cache).await?);

    cache.set_ttl_override("get_artist", Duration::from_secs(10))?;
    println!("as called: {:?}", stored_for(&cache).await?);

    cache.remove_ttl_override("get_artist");
    println!("as in the code again: {:?}", stored_for(&cache).await?);

    match cache.set_ttl_override("get_artits", Duration::from_secs(10)) {
        Ok(()) => println!("nobody is called that"),
        Err(error) => println!("{error}"),
    }
    Ok(())
}
