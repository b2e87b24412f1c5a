//! The same shop, cached.
//!
//! The difference to `before.rs`, beside this comment: 10 lines, attributes all of them, in 296.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use sqlx::{Executor, Sqlite, SqlitePool};

/// A product on sale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// Its number.
    pub id: i64,
    /// Its category's name.
    pub category: String,
    /// Its name.
    pub name: String,
    /// Its price, in cents.
    pub cents: i64,
    /// How many there are.
    pub stock: i64,
}

/// What somebody said of a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// Stars, from 1 to 5.
    pub stars: i64,
    /// The text.
    pub text: String,
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    /// The database said no.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// There is no such product.
    #[error("there is no product {0}")]
    NoProduct(i64),
    /// There are not as many as that.
    #[error("there are only {0} left")]
    OutOfStock(i64),
}

impl IntoResponse for ShopError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NoProduct(_) => StatusCode::NOT_FOUND,
            Self::OutOfStock(_) => StatusCode::CONFLICT,
        };
        (status, self.to_string()).into_response()
    }
}

type Row = (i64, String, String, i64, i64);

fn product((id, category, name, cents, stock): Row) -> Product {
    Product { id, category, name, cents, stock }
}

/// What the shop sells.
pub trait Catalogue: Send + Sync {
    /// One product.
    fn product(&self, id: i64) -> impl Future<Output = Result<Option<Product>, ShopError>> + Send;
    /// Changes a product's price.
    fn reprice(&self, id: i64, cents: i64) -> impl Future<Output = Result<Product, ShopError>> + Send;
}

/// The catalogue in the database.
#[derive(Debug, Clone)]
pub struct SqliteCatalogue {
    pool: SqlitePool,
}

impl SqliteCatalogue {
    /// Over a pool.
    #[must_use]
    pub fn new(pool: SqlitePool) -> Self {
        Self { pool }
    }

    /// Creates the tables and a few products.
    ///
    /// # Errors
    /// The database's.
    pub async fn prepare(&self) -> Result<(), ShopError> {
        self.pool
            .execute(
                "CREATE TABLE products (id INTEGER PRIMARY KEY, category TEXT, name TEXT, cents INTEGER, stock INTEGER);
                 CREATE TABLE reviews (product INTEGER, stars INTEGER, text TEXT);
                 INSERT INTO products VALUES (1, 'tea', 'Sencha', 890, 10), (2, 'tea', 'Oolong', 1290, 3),
                                             (3, 'cup', 'Yunomi', 2400, 5);
                 INSERT INTO reviews VALUES (1, 5, 'fresh'), (1, 3, 'a bit grassy'), (2, 4, 'smooth');",
            )
            .await?;
        Ok(())
    }
}

#[cache_core::cached]
impl Catalogue for SqliteCatalogue {
    #[cached(ttl = "10m", ttl_none = "30s", key_prefix = "product", skip(self))]
    async fn product(&self, id: i64) -> Result<Option<Product>, ShopError> {
        let row = sqlx::query_as::<_, Row>("SELECT id, category, name, cents, stock FROM products WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(product))
    }

    #[cache_core::updates(SqliteCatalogue::product(id))]
    #[cache_core::invalidates(list_category(result.category.as_str(), ..))]
    async fn reprice(&self, id: i64, cents: i64) -> Result<Product, ShopError> {
        let row = sqlx::query_as::<_, Row>(
            "UPDATE products SET cents = ? WHERE id = ? RETURNING id, category, name, cents, stock",
        )
        .bind(cents)
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        row.map(product).ok_or(ShopError::NoProduct(id))
    }
}

/// The products of a category, cheapest first, by whatever can run a query.
///
/// # Errors
/// The database's.
#[cache_core::cached(ttl = "1m", key_prefix = "category")]
pub async fn list_category<'e, E>(executor: E, category: &str, limit: i64) -> Result<Vec<Product>, ShopError>
where
    E: Executor<'e, Database = Sqlite>,
{
    let rows = sqlx::query_as::<_, Row>(
        "SELECT id, category, name, cents, stock FROM products WHERE category = ? ORDER BY cents LIMIT ?",
    )
    .bind(category)
    .bind(limit)
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(product).collect())
}

/// Reviews, in the database.
#[derive(Debug, Clone)]
pub struct Reviews<P> {
    pool: P,
}

#[cache_core::cached]
impl<P> Reviews<P>
where
    P: Clone + Send + Sync + 'static,
    for<'p> &'p P: Executor<'p, Database = Sqlite>,
{
    /// Over a pool.
    #[must_use]
    pub fn new(pool: P) -> Self {
        Self { pool }
    }

    /// What was said of a product.
    ///
    /// # Errors
    /// The database's.
    #[cached(ttl = "5m", skip(self))]
    pub async fn of_product(&self, product: i64) -> Result<Arc<[Review]>, ShopError> {
        let rows = sqlx::query_as::<_, (i64, String)>("SELECT stars, text FROM reviews WHERE product = ?")
            .bind(product)
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().map(|(stars, text)| Review { stars, text }).collect())
    }

    /// The mean of a product's stars; none where it has no reviews.
    ///
    /// # Errors
    /// The database's.
    #[cached(ttl = "5m", skip(self))]
    pub async fn stars(&self, product: i64) -> Result<Option<f64>, ShopError> {
        let (stars,) = sqlx::query_as::<_, (Option<f64>,)>("SELECT AVG(stars) FROM reviews WHERE product = ?")
            .bind(product)
            .fetch_one(&self.pool)
            .await?;
        Ok(stars)
    }

    /// Says something of a product.
    ///
    /// # Errors
    /// The database's.
    #[cache_core::invalidates(Self::of_product(product), Self::stars(product))]
    pub async fn add(&self, product: i64, Review { stars, text }: Review) -> Result<(), ShopError> {
        sqlx::query("INSERT INTO reviews VALUES (?, ?, ?)")
            .bind(product)
            .bind(stars)
            .bind(text)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// Sells some of a product, in one transaction.
///
/// # Errors
/// The database's, and where there are too few.
#[cache_core::invalidates(SqliteCatalogue::product(id), list_category(..))]
pub async fn sell(pool: &SqlitePool, id: i64, count: i64) -> Result<i64, ShopError> {
    let mut tx = pool.begin().await?;
    let stock = sqlx::query_as::<_, (i64,)>("SELECT stock FROM products WHERE id = ?")
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?;
    let (stock,) = stock.ok_or(ShopError::NoProduct(id))?;
    if stock < count {
        return Err(ShopError::OutOfStock(stock));
    }
    sqlx::query("UPDATE products SET stock = stock - ? WHERE id = ?").bind(count).bind(id).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(stock - count)
}

/// What the handlers share.
#[derive(Clone, Debug)]
pub struct AppState {
    /// The database.
    pub pool: SqlitePool,
    /// The products.
    pub catalogue: SqliteCatalogue,
    /// The reviews.
    pub reviews: Reviews<SqlitePool>,
}

impl AppState {
    /// Over a pool.
    #[must_use]
    pub fn new(pool: SqlitePool) -> Self {
        Self { catalogue: SqliteCatalogue::new(pool.clone()), reviews: Reviews::new(pool.clone()), pool }
    }
}

/// The service.
pub fn router(state: AppState) -> Router {
    Router::new()
        .route("/products/{id}", get(show).put(reprice))
        .route("/products/{id}/reviews", get(reviews).post(review))
        .route("/products/{id}/sales", post(buy))
        .route("/categories/{category}", get(category))
        .with_state(state)
}

/// A number in a query.
#[derive(Debug, Deserialize)]
struct Limit {
    limit: Option<i64>,
}

async fn show(State(state): State<AppState>, Path(id): Path<i64>) -> Result<Json<Product>, ShopError> {
    state.catalogue.product(id).await?.map(Json).ok_or(ShopError::NoProduct(id))
}

async fn reprice(
    State(state): State<AppState>,
    Path(id): Path<i64>,
    Json(cents): Json<i64>,
) -> Result<Json<Product>, ShopError> {
    state.catalogue.reprice(id, cents).await.map(Json)
}

async fn reviews(State(state): State<AppState>, Path(id): Path<i64>) -> Result<Json<serde_json::Value>, ShopError> {
    let (reviews, stars) = (state.reviews.of_product(id).await?, state.reviews.stars(id).await?);
    Ok(Json(serde_json::json!({ "stars": stars, "reviews": reviews.to_vec() })))
}

async fn review(
    State(state): State<AppState>,
    Path(id): Path<i64>,
    Json(review): Json<Review>,
) -> Result<StatusCode, ShopError> {
    state.reviews.add(id, review).await?;
    Ok(StatusCode::CREATED)
}

async fn buy(
    State(state): State<AppState>,
    Path(id): Path<i64>,
    Json(count): Json<i64>,
) -> Result<Json<i64>, ShopError> {
    sell(&state.pool, id, count).await.map(Json)
}

async fn category(
    State(state): State<AppState>,
    Path(category): Path<String>,
    Query(query): Query<Limit>,
) -> Result<Json<Vec<Product>>, ShopError> {
    list_category(&state.pool, &category, query.limit.unwrap_or(20)).await.map(Json)
}
