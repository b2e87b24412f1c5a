//! What deletions and changes take with them.

use cache_core::{EventRules, Invalidation, key};

/// An album is gone, with all that was in it.
#[derive(Clone, Debug)]
pub struct AlbumDeleted {
    /// The album.
    pub id: i64,
    /// Whose it was.
    pub user_id: i64,
    /// The photos that were in it.
    pub photos: Vec<PhotoDeleted>,
}

/// A photo is gone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PhotoDeleted {
    /// The photo.
    pub id: i64,
    /// The faces that were in it.
    pub faces: Vec<FaceDeleted>,
}

/// A face is gone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FaceDeleted(pub i64);

/// Somebody who is in photos is called otherwise, or is somebody else.
#[derive(Clone, Debug)]
pub struct PersonUpdated {
    /// The album that the person is in.
    pub album_id: i64,
    /// The old name.
    pub name: String,
}

/// Each kind of thing names its own entries and its children: who deletes an album need not know of embeddings.
pub fn rules() -> EventRules {
    EventRules::new()
        .on(|album: &AlbumDeleted| {
            [
                Invalidation::prefix(key!("album:{}", album.id)),
                Invalidation::from(key!("user:{}:albums", album.user_id)),
            ]
        })
        .cascade(|album: &AlbumDeleted| album.photos.clone())
        .on(|photo: &PhotoDeleted| [Invalidation::prefix(key!("photo:{}", photo.id))])
        .cascade(|photo: &PhotoDeleted| photo.faces.clone())
        .on(|face: &FaceDeleted| [Invalidation::prefix(key!("face:{}", face.0))])
        .on(|person: &PersonUpdated| {
            let id = Invalidation::from(key!("person_id:{}:{}", person.album_id, person.name));
            [id, Invalidation::pattern("search:*"), Invalidation::prefix("album_search")]
        })
}
