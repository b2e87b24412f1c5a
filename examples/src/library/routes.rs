//! The library's own routes.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::extract::{Filter, Page};
use super::model::{Artist, Source, Status};
use super::repository;
use super::server::Service;
use crate::http::ApiError;
use crate::http::extract::{self, Id, Name, Path, Query};

pub(super) fn router() -> Router<Service> {
    Router::new()
        .route("/library/artists", post(create_artist))
        .route("/library/artists/{id}", get(artist).patch(rename_artist).put(rename_artist))
        .route("/library/artists/{id}/works", get(artist_works))
        .route("/library/works/{id}", get(work))
        .route("/library/works/{id}/recordings", get(work_recordings))
}

async fn artist(State(service): State<Service>, Path(Id(id)): Path<Id>) -> Result<Response, ApiError> {
    found("artist", id, repository::get_artist(&service.db, id).await?.as_ref())
}

async fn work(State(service): State<Service>, Path(Id(id)): Path<Id>) -> Result<Response, ApiError> {
    found("work", id, repository::get_work(&service.db, id).await?.as_ref())
}

async fn artist_works(
    State(service): State<Service>,
    Path(Id(id)): Path<Id>,
    Query(page): Query<Page>,
) -> Result<Response, ApiError> {
    let works = repository::list_artist_works(&service.db, id, page.skip, page.limit.0).await?;
    found("artist", id, works.as_deref())
}

async fn work_recordings(
    State(service): State<Service>,
    Path(Id(id)): Path<Id>,
    Query(filter): Query<Filter>,
) -> Result<Response, ApiError> {
    let status = filter.status.map(Status::as_str);
    let source = filter.source.map(Source::as_str);
    let recordings = repository::list_work_recordings(&service.db, id, status, source).await?;
    found("work", id, recordings.as_deref())
}

#[derive(Debug, Deserialize)]
struct NewArtist {
    name: Name,
    country: Option<Name>,
    genre: Option<Name>,
}

async fn create_artist(
    State(service): State<Service>,
    extract::Json(new): extract::Json<NewArtist>,
) -> Result<Response, ApiError> {
    let country = new.country.map_or_else(|| "unknown".to_owned(), |country| country.0);
    let genre = new.genre.map_or_else(|| "unknown".to_owned(), |genre| genre.0);
    let artist = repository::create_artist(&service.db, &new.name.0, &country, &genre).await?;
    let location = [(header::LOCATION, format!("/library/artists/{}", artist.id))];
    Ok((StatusCode::CREATED, location, Json(artist)).into_response())
}

#[derive(Debug, Deserialize)]
struct NewName {
    name: Name,
}

async fn rename_artist(
    State(service): State<Service>,
    Path(Id(id)): Path<Id>,
    extract::Json(new): extract::Json<NewName>,
) -> Result<Json<Artist>, ApiError> {
    let renamed = repository::rename_artist(&service.db, id, &new.name.0).await?;
    renamed.map(Json).ok_or_else(|| ApiError::missing("artist", id))
}

fn found<T: Serialize>(what: &str, id: i64, answer: Option<&T>) -> Result<Response, ApiError> {
    answer.map(|answer| Json(answer).into_response()).ok_or_else(|| ApiError::missing(what, id))
}
