//! The deletion of an album takes its photos with it, and those their faces: in the database, and after the commit in the
//! cache.

use cache_core::{EventRules, Invalidation, cached, get_cache, key};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;

#[cached(ttl = "10m", key_prefix = "album")]
async fn get_album(db: &SqlitePool, id: i64) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT title FROM albums WHERE id = ?").bind(id).fetch_optional(db).await
}

#[cached(ttl = "5m", key = "album:{album_id}:photos")]
async fn list_photos(db: &SqlitePool, album_id: i64) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM photos WHERE album_id = ? ORDER BY id").bind(album_id).fetch_all(db).await
}

#[cached(ttl = "1h", key_prefix = "photo")]
async fn get_photo(db: &SqlitePool, id: i64) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT file FROM photos WHERE id = ?").bind(id).fetch_optional(db).await
}

#[cached(ttl = "24h", key = "face:{id}:embedding")]
async fn get_embedding(db: &SqlitePool, id: i64) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar("SELECT embedding FROM faces WHERE id = ?").bind(id).fetch_optional(db).await
}

struct AlbumDeleted {
    id: i64,
    photos: Vec<PhotoDeleted>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct PhotoDeleted {
    id: i64,
    faces: Vec<FaceDeleted>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct FaceDeleted(i64);

/// Each kind of thing names its own entries and its children; who deletes an album need not know of embeddings.
fn rules() -> EventRules {
    EventRules::new()
        .on(|album: &AlbumDeleted| [Invalidation::prefix(key!("album:{}", album.id))])
        .cascade(|album: &AlbumDeleted| album.photos.clone())
        .on(|photo: &PhotoDeleted| [get_photo::key(photo.id)])
        .cascade(|photo: &PhotoDeleted| photo.faces.clone())
        .on(|face: &FaceDeleted| [get_embedding::key(face.0)])
}

async fn delete_album(db: &SqlitePool, rules: &EventRules, id: i64) -> Result<usize, sqlx::Error> {
    let mut tx = db.begin().await?;
    let deferred = get_cache().deferred();
    // Who the children are is asked while they are there.
    let query = "SELECT photos.id, faces.id FROM photos LEFT JOIN faces ON faces.photo_id = photos.id
                 WHERE album_id = ? ORDER BY photos.id";
    let rows: Vec<(i64, Option<i64>)> = sqlx::query_as(query).bind(id).fetch_all(&mut *tx).await?;
    let mut photos: Vec<PhotoDeleted> = Vec::new();
    for (photo, face) in rows {
        if photos.last().is_none_or(|last| last.id != photo) {
            photos.push(PhotoDeleted { id: photo, faces: Vec::new() });
        }
        photos.last_mut().into_iter().for_each(|photo| photo.faces.extend(face.map(FaceDeleted)));
    }
    deferred.apply(rules, &AlbumDeleted { id, photos });
    sqlx::query("DELETE FROM albums WHERE id = ?").bind(id).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(deferred.flush().await.entries)
}

async fn show(db: &SqlitePool, album: i64) -> Result<(), sqlx::Error> {
    let (title, photos) = (get_album(db, album).await?, list_photos(db, album).await?);
    let (photo, face) = (get_photo(db, 10 * album).await?, get_embedding(db, 100 * album).await?);
    println!("album {album}: {title:?} {photos:?} {photo:?} {face:?}");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let options = SqliteConnectOptions::new().filename(folder.path().join("photos.sqlite")).create_if_missing(true);
    let db = SqlitePool::connect_with(options).await?;
    let tables = "
        CREATE TABLE albums (id INTEGER PRIMARY KEY, title TEXT);
        CREATE TABLE photos (id INTEGER PRIMARY KEY, album_id INTEGER REFERENCES albums ON DELETE CASCADE, file TEXT);
        CREATE TABLE faces (id INTEGER PRIMARY KEY, photo_id INTEGER REFERENCES photos ON DELETE CASCADE, embedding BLOB);
        INSERT INTO albums VALUES (1, 'Montreux'), (2, 'Antibes');
        INSERT INTO photos VALUES (10, 1, 'a.jpg'), (11, 1, 'b.jpg'), (20, 2, 'c.jpg');
        INSERT INTO faces VALUES (100, 10, x'01'), (101, 10, x'02'), (200, 20, x'03')";
    sqlx::raw_sql(tables).execute(&db).await?;
    for album in [1, 2] {
        show(&db, album).await?;
    }
    println!("deleted: {} entries went", delete_album(&db, &rules(), 1).await?);
    for album in [1, 2] {
        show(&db, album).await?;
    }
    println!("albums loaded: {}", get_album::stats().loads);
    Ok(())
}
