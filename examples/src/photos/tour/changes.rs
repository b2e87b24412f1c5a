//! Changes, and what each takes out of the memory of both instances.

use serde::Serialize;

use super::super::albums::{
    album_clusters, album_details, album_faces, album_photos, album_summary, delete_album, list_albums, update_album,
};
use super::super::faces::{face_details, face_embedding};
use super::super::images::{photo_details, photo_status, process_faces};
use super::super::people::{get_or_create_person, rename_person};
use super::super::search::{search_by_selfie, search_suggestions};
use super::super::service::Service;
use super::TourError;
use crate::cluster::{Gone, gone};

const ALBUM: i64 = 5;
const USER: i64 = 1;
/// The first photo of that album, and the first face in that.
const PHOTO: i64 = 41;
const FACE: i64 = 81;

/// A change.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// What happened.
    pub what: &'static str,
    /// How it is told to the cache.
    pub by: &'static str,
    /// The instance that made it.
    pub instance: &'static str,
    /// What it took away.
    #[serde(flatten)]
    pub gone: Gone,
}

async fn fill(on: &Service) -> Result<(), sqlx::Error> {
    list_albums(on, USER).await?;
    album_details(on, ALBUM).await?;
    album_photos(on, ALBUM).await?;
    album_faces(on, ALBUM).await?;
    album_summary(on, ALBUM).await?;
    album_clusters(on, ALBUM).await?;
    photo_details(on, PHOTO).await?;
    photo_status(on, PHOTO).await?;
    face_details(on, FACE).await?;
    face_embedding(on, FACE).await?;
    search_by_selfie(on, "selfie:me.jpg").await?;
    search_suggestions(on, "alb").await?;
    get_or_create_person(on, 1, "Ann").await.map(drop)
}

pub(super) async fn make(one: &Service, two: &Service) -> Result<Vec<Change>, TourError> {
    let mut changes = Vec::new();
    let mut push = |what, by, on: &Service, gone| changes.push(Change { what, by, instance: on.name, gone });
    for on in [one, two] {
        fill(on).await?;
    }
    let (album, lost) = gone(&one.cache, &two.cache, update_album(one, ALBUM, "Juan-les-Pins")).await;
    album?;
    push("an album's title", "#[invalidates], at once", one, lost);

    for on in [one, two] {
        fill(on).await?;
    }
    let (album, lost) = gone(&two.cache, &one.cache, process_faces(two, PHOTO)).await;
    album?;
    push("the background job, elsewhere", "#[invalidates], when it is done", two, lost);

    for on in [one, two] {
        fill(on).await?;
    }
    let (renamed, lost) = gone(&one.cache, &two.cache, rename_person(one, 1, "Ann", "Anna")).await;
    renamed?;
    rename_person(one, 1, "Anna", "Ann").await?;
    push("a person's name", "event rule: a key and search:*", one, lost);

    for on in [one, two] {
        fill(on).await?;
    }
    let (removed, lost) = gone(&one.cache, &two.cache, one.cache.invalidate_pattern("search:*")).await;
    removed?;
    push("clear_cache(pattern=\"search:*\")", "invalidate_pattern", one, lost);

    for on in [one, two] {
        fill(on).await?;
    }
    let (deleted, lost) = gone(&one.cache, &two.cache, delete_album(one, ALBUM)).await;
    deleted?;
    push("an album is deleted", "cascade, after the commit", one, lost);
    Ok(changes)
}
