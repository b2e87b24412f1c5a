//! Tags from arguments of every kind, from the value, and both.

use cache_core::{cached, invalidates, key};

struct Filter {
    genre: String,
}

#[derive(Clone)]
struct Album {
    artist: i64,
}

#[cached(tags = ["artist:{artist}", "genre:{filter.genre|lower}", "all"], key(artist, filter.genre))]
async fn albums(artist: i64, filter: &Filter) -> Result<Vec<String>, String> {
    Ok(vec![format!("{artist} {}", filter.genre)])
}

#[cached(tags_with = |album: &Album| [key!("artist:{}", album.artist)])]
fn album(id: i64) -> Option<Album> {
    Some(Album { artist: id / 10 })
}

#[cached(tags = ["page:{page}", "name:{name}"], tags_with = |found: &Vec<String>| found.clone(), skip(page))]
async fn search(name: &str, page: Option<u32>, (from, to): (u8, u8)) -> Vec<String> {
    vec![format!("{name} {page:?} {from} {to}")]
}

#[cached(ttl = 60, tags = ["name:{name}"], tags_with = tags_of, stale_while_revalidate = "1m")]
async fn owned(name: String) -> String {
    name
}

#[cached(ttl = 60, tags = ["ids", "id:{id}"], tier = "shared")]
async fn elsewhere(id: i64) -> i64 {
    id
}

fn tags_of(name: &String) -> Option<String> {
    Some(name.clone())
}

#[invalidates(tag = "artist:{artist}", tag = "all", albums(artist, ..))]
async fn rename(artist: i64, name: &str) -> Result<(), String> {
    let _ = name;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    albums(1, &Filter { genre: "Jazz".to_owned() }).await.unwrap();
    let _ = album(7);
    search("a", None, (1, 2)).await;
    owned("b".to_owned()).await;
    elsewhere(1).await;
    let cache = cache_core::get_cache();
    assert_eq!(cache.local().invalidate_tag("genre:jazz").entries, 1);
    assert_eq!(cache.local().invalidate_tag("artist:0").entries, 1);
    assert_eq!(cache.local().invalidate_tag("a None 1 2").entries, 1);
    assert_eq!(cache.local().invalidate_tag("b").entries, 1);
    rename(1, "x").await.unwrap();
}
