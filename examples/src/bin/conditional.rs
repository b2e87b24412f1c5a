//! Pages from an HTTP server that says "not modified" (304) to whoever has them already, by their ETag.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use cache_core::testing::ManualClock;
use cache_core::{Cache, Previous, Refreshed, cached, init_cache};

/// The server: a page of 10,000 bytes, and what it has sent.
#[derive(Default)]
struct Site {
    version: AtomicUsize,
    asked: AtomicUsize,
    bodies: AtomicUsize,
    bytes: AtomicUsize,
}

async fn page(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    site.asked.fetch_add(1, SeqCst);
    let version = site.version.load(SeqCst);
    let etag = format!("\"v{version}\"");
    if headers.get(header::IF_NONE_MATCH).is_some_and(|theirs| *theirs == *etag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    let text = format!("version {version}{}", ".".repeat(9_991));
    site.bodies.fetch_add(1, SeqCst);
    site.bytes.fetch_add(text.len(), SeqCst);
    ([(header::ETAG, etag)], text).into_response()
}

type Trouble = Box<dyn std::error::Error + Send + Sync>;

#[derive(Clone)]
struct Page {
    etag: Option<String>,
    text: Arc<str>,
}

struct Client {
    http: reqwest::Client,
    origin: String,
}

/// Past its minute the server is asked whether it is still the same; while it is down the page is shown for a day.
#[cached(ttl = "1m", stale_if_error = "1d", key_prefix = "page", skip(client))]
async fn get_page(client: &Client, path: &str, previous: Option<Previous<Page>>) -> Result<Refreshed<Page>, Trouble> {
    let mut request = client.http.get(format!("{}{path}", client.origin));
    if let Some(etag) = previous.as_ref().and_then(|previous| previous.value().etag.as_deref()) {
        request = request.header(header::IF_NONE_MATCH, etag);
    }
    let response = request.send().await?.error_for_status()?;
    if response.status() == StatusCode::NOT_MODIFIED {
        return previous.map(|_| Refreshed::NotModified).ok_or_else(|| "not asked for: there is no page yet".into());
    }
    let etag = response.headers().get(header::ETAG).and_then(|etag| etag.to_str().ok()).map(str::to_owned);
    Ok(Refreshed::New(Page { etag, text: response.text().await?.into() }))
}

#[tokio::main]
async fn main() -> Result<(), Trouble> {
    let clock = ManualClock::new();
    init_cache(Cache::builder().clock(&clock).build()?)?;
    let site = Arc::new(Site::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let router = Router::new().route("/about", get(page)).with_state(site.clone());
    let server = tokio::spawn(async { axum::serve(listener, router).await });
    let client = Client { http: reqwest::Client::builder().no_proxy().build()?, origin };

    for version in [1, 1, 1, 2, 2] {
        site.version.store(version, SeqCst);
        for _ in 0..100 {
            get_page(&client, "/about").await?;
        }
        let text = get_page(&client, "/about").await?.text;
        let count = |count: &AtomicUsize| count.load(SeqCst);
        let (asked, bodies, bytes) = (count(&site.asked), count(&site.bodies), count(&site.bytes));
        println!("{}; questions: {asked}, bodies: {bodies}, bytes: {bytes}", text.trim_end_matches('.'));
        clock.advance(Duration::from_secs(61));
    }
    server.abort();
    let stats = get_page::stats();
    println!("{} calls, {} hits, {} loads", stats.requests, stats.hits, stats.loads);
    Ok(())
}
