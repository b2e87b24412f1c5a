//! How a tier begins, and what is said about it.

use std::io::Write;
use std::sync::{Arc, Mutex};

use cache_core::{Cache, Change, SharedTier, Ttl};
use cache_redis::{ErrorKind, RedisTier, redis};

use crate::contract::{SPACE, set, store};
use crate::server::{Nobody, Server, until};

pub(crate) const SECRET: &str = "hunter2";

/// Everything that is traced on this thread.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    pub(crate) fn listen() -> (Self, tracing::subscriber::DefaultGuard) {
        let lines = Self::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (lines, tracing::subscriber::set_default(subscriber))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn a_malformed_url_is_an_error_that_does_not_quote_it() {
    for url in [
        String::new(),
        format!("nonsense {SECRET}"),
        format!("http://user:{SECRET}@127.0.0.1"),
        format!("redis://user:{SECRET}@"),
        format!("redis://user:{SECRET}@127.0.0.1/{SECRET}"),
        format!("redis://user:{SECRET}@127.0.0.1/?protocol={SECRET}"),
        format!("redis://user:{SECRET}%FF@127.0.0.1"),
        format!("redis://user:{SECRET}@127.0.0.1:port"),
    ] {
        let error = RedisTier::connect(&url).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidUrl, "{url}");
        let text = format!("{error} {error:?}");
        assert!(text.contains("redis://host:6379/0") && !text.contains(SECRET), "{text}");
    }
}

#[cfg(not(feature = "tls"))]
#[tokio::test]
async fn encryption_that_is_not_built_in_is_said_to_be_a_feature() {
    let error = RedisTier::connect("rediss://127.0.0.1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidUrl);
    assert!(error.to_string().contains("feature `tls`"), "{error}");
}

#[tokio::test]
async fn wrong_credentials_are_an_error_and_right_ones_are_never_told() {
    let (lines, _guard) = Lines::listen();
    let server = Server::with(&["--requirepass", SECRET]);
    let at = format!("127.0.0.1:{}", server.port);
    for url in [format!("redis://{at}"), format!("redis://:wrong{SECRET}@{at}"), format!("redis://who:{SECRET}@{at}")] {
        let error = RedisTier::connect(&url).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(&at) && !text.contains(SECRET) && !text.contains("who"), "{text}");
    }
    let tier = RedisTier::connect(format!("redis://default:{SECRET}@{at}")).await.unwrap();
    store(&tier, "a").await;
    let text = format!("{tier:?}");
    assert!(text.contains(&at) && !text.contains(SECRET), "{text}");
    let cache = Cache::builder().shared(tier.clone()).build().unwrap();
    drop(server);
    assert_eq!(cache.get_or_set("b", Ttl::Default, async || 1).await, 1);
    let error = tier.get(SPACE, "a").await.unwrap_err();
    let text = format!("{error} {error:?} {}", lines.text());
    assert!(text.contains("the shared tier failed"), "the failure is traced: {text}");
    assert!(!text.contains(SECRET), "{text}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_a_warning() {
    let (lines, _guard) = Lines::listen();
    let nobody = Nobody::there();
    let port = nobody.port;
    let tier = RedisTier::connect(format!("redis://user:{SECRET}@127.0.0.1:{port}/3")).await.unwrap();
    let text = lines.text();
    assert!(text.contains("WARN") && text.contains("Redis does not answer"), "{text}");
    assert!(text.contains(&format!("127.0.0.1:{port}")) && !text.contains(SECRET), "{text}");
    assert!(!format!("{tier:?}").contains(SECRET));
}

#[tokio::test]
async fn a_database_that_there_is_not_is_an_error() {
    let server = Server::start();
    let error = RedisTier::connect(format!("{}/99", server.url())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    let tier = RedisTier::connect(format!("{}/3", server.url())).await.unwrap();
    store(&tier, "a").await;
    assert!(server.keys().is_empty(), "that is database 0");
}

#[test]
fn without_a_runtime_there_is_no_tier() {
    let mut future = std::pin::pin!(RedisTier::connect("redis://127.0.0.1"));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = future.as_mut().poll(&mut context) else { panic!("it is not ready") };
    assert_eq!(error.kind(), ErrorKind::NoRuntime);
}

#[tokio::test]
async fn a_connection_manager_of_the_application_is_used() {
    let server = Server::start();
    let manager = redis::Client::open(server.url()).unwrap().get_connection_manager().await.unwrap();
    let tier = RedisTier::from_manager(manager);
    store(&tier, "a").await;
    assert!(server.keys().contains(&"cache:a".to_owned()));
}

#[test]
fn callers_need_not_be_on_the_runtime_of_the_connection() {
    let server = Server::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let tier = runtime.block_on(server.tier());
    let mut future = std::pin::pin!(store(&tier, "a"));
    struct Thread(std::thread::Thread);
    impl std::task::Wake for Thread {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Thread(std::thread::current())).into();
    while future.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending() {
        std::thread::park();
    }
    assert!(server.keys().contains(&"cache:a".to_owned()));
}

#[tokio::test]
async fn a_password_that_was_changed_and_is_mended_lets_the_tier_in_again() {
    let server = Server::start();
    let mut connection = server.connection();
    let mut config = |password: &str| {
        let mut command = redis::cmd("CONFIG");
        command.arg("SET").arg("requirepass").arg(password).query::<()>(&mut connection).unwrap();
        redis::cmd("CLIENT").arg("KILL").arg("TYPE").arg("normal").arg("SKIPME").arg("yes").query::<()>(&mut connection)
    };
    config(SECRET).unwrap();
    let tier = RedisTier::connect(format!("redis://:{SECRET}@127.0.0.1:{}", server.port)).await.unwrap();
    store(&tier, "a").await;
    config("another").unwrap();
    until("it is refused", async || match tier.get(SPACE, "a").await {
        Ok(_) => false,
        Err(error) => error.to_string().contains("authentication"),
    })
    .await;
    config(SECRET).unwrap();
    until("it is let in", async || tier.get(SPACE, "a").await.is_ok()).await;
}

#[tokio::test]
async fn the_permissions_that_the_documents_list_are_enough() {
    let server = Server::start();
    let pages = include_str!("../../src/lib.rs");
    let listed = pages.split("the commands `").nth(1).and_then(|rest| rest.split('`').next()).unwrap();
    let mut user = redis::cmd("ACL");
    user.arg("SETUSER").arg("cache").arg("on").arg(format!(">{SECRET}")).arg("~cache:*").arg("~cache%*").arg("-@all");
    for command in listed.replace("//!", " ").split_whitespace() {
        user.arg(format!("+{}", command.to_lowercase()));
    }
    user.query::<()>(&mut server.connection()).unwrap();
    let tier = RedisTier::connect(format!("redis://cache:{SECRET}@127.0.0.1:{}", server.port)).await.unwrap();
    store(&tier, "a").await;
    tier.get_many(SPACE, &["a".to_owned(), "b".to_owned()]).await.unwrap();
    tier.renew(SPACE, "a").await.unwrap();
    tier.set_if_absent(SPACE, "c", b"1", None).await.unwrap();
    tier.increment(SPACE, "n", 1, None).await.unwrap();
    let removals = (0..1_001).map(|n| Change::remove_prefix(&format!("name{n}")).unwrap());
    let changes: Vec<Change> = removals.chain([set("d", b"1"), Change::remove("d"), Change::remove_all()]).collect();
    tier.apply(SPACE, &changes).await.unwrap();
    assert!(tier.apply("elsewhere", &[Change::remove("a")]).await.is_err(), "other keys are not its own");
}
