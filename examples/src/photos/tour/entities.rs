//! One entry of each helper, and how long it is kept.

use std::collections::BTreeMap;

use cache_core::key;

use super::super::service::Service;
use super::super::{albums, downloads, faces, images, search, users};
use super::TourError;
use crate::cluster::{Kept, kept};

pub(super) async fn of_each(on: &Service) -> Result<Vec<Kept>, TourError> {
    let cache = &on.cache;
    let filters = BTreeMap::from([("status".to_owned(), "new".to_owned()), ("title".to_owned(), "album".to_owned())]);
    let rows = [
        kept("a user's albums", cache, albums::list_albums(on, 1)).await?,
        kept("album", cache, albums::album_details(on, 1)).await?,
        kept("faces in an album", cache, albums::album_faces(on, 1)).await?,
        kept("figures of an album", cache, albums::album_summary(on, 1)).await?,
        kept("clusters of faces", cache, albums::album_clusters(on, 1)).await?,
        kept("photos of an album", cache, albums::album_photos(on, 1)).await?,
        kept("photo", cache, images::photo_details(on, 1)).await?,
        kept("progress of a photo", cache, images::photo_status(on, 1)).await?,
        kept("face", cache, faces::face_details(on, 1)).await?,
        kept("embedding of a face", cache, faces::face_embedding(on, 1)).await?,
        kept("similar faces", cache, faces::similar_faces(on, 1)).await?,
        kept("user", cache, users::user_profile(on, 1)).await?,
        kept("settings", cache, users::user_settings(on, 1)).await?,
        kept("permissions", cache, users::user_permissions(on, 1)).await?,
        kept("search by a selfie", cache, search::search_by_selfie(on, "selfie:me.jpg")).await?,
        kept("suggestions", cache, search::search_suggestions(on, "alb")).await?,
        kept("search, key by hand", cache, search::search_albums(on, 1, &filters)).await?,
    ];
    let mut rows: Vec<Kept> = rows.into_iter().flatten().collect();
    // In Redis, where there is one: the count is everybody's.
    if downloads::download_photo(on, 2).await.is_some() {
        let (what, key) = ("downloads, until written", key!("photo:{}:downloads", 2));
        rows.push(Kept { what, function: "increment", key, seconds: None, local: false });
    }
    on.downloads.unwritten.flush().await?;
    Ok(rows)
}
