//! The one writer: renames artists all the while, and adds one now and then.

use std::sync::Arc;

use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::super::model::Artist;
use super::http::Http;
use super::request::Read;
use super::visitor::Popularity;
use super::{DriveError, Load};

/// One write in so many adds an artist instead of renaming one.
const ADDED: u64 = 20;

/// Writes once per permit until the permits are closed, and returns how many renames it made.
pub(super) async fn write(http: Http, load: Arc<Load>, popularity: Popularity) -> Result<u64, DriveError> {
    let mut random = ChaCha8Rng::seed_from_u64(u64::MAX);
    let mut renamed = 0;
    let mut writes = 0;
    while let Ok(permit) = load.writes.acquire().await {
        permit.forget();
        writes += 1;
        if writes % ADDED == 0 {
            add(&http, &load, writes).await?;
        } else {
            // PUT and PATCH are the same change.
            let method = if writes % 2 == 0 { Method::PUT } else { Method::PATCH };
            rename(&http, &load, method, popularity.draw(&mut random)).await?;
            renamed += 1;
        }
    }
    Ok(renamed)
}

async fn rename(http: &Http, load: &Load, method: Method, artist: i64) -> Result<(), DriveError> {
    let name = load.audit.renames.send(artist);
    let path = format!("/library/artists/{artist}");
    let answer: Artist = http.send(method, &path, &json!({ "name": name }), StatusCode::OK).await?;
    if answer.name != name {
        return Err(DriveError::NotRenamed { artist, name, answered: answer.name });
    }
    load.audit.renames.confirm(artist);
    Ok(())
}

async fn add(http: &Http, load: &Load, number: u64) -> Result<(), DriveError> {
    let newcomer = json!({ "name": format!("Newcomer {number}"), "genre": "folk" });
    let artist: Artist = http.send(Method::POST, "/library/artists", &newcomer, StatusCode::CREATED).await?;
    let read = Read::Artist { id: artist.id };
    let before = load.audit.before(read);
    let body = http.get(&read.path()).await?;
    load.audit.compare(read, before, &body).await?;
    Ok(())
}
