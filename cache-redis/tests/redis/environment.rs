//! Set-up from the environment, on a server named there.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use cache_core::{Cache, Shared, Ttl};
use cache_redis::RedisTier;

use crate::server::Server;

/// The environment belongs to the process, so each case is a process of its own: this test, run again.
pub(crate) const CASE: &str = "CACHE_REDIS_TEST_CASE";

#[test]
fn the_environment_names_the_server() {
    let server = Server::start();
    for (case, variables) in [
        ("shared", vec![("CACHE_REDIS_URL", server.url())]),
        ("shared", vec![("REDIS_HOST", "127.0.0.1".to_owned()), ("REDIS_PORT", server.port.to_string())]),
        ("memory", vec![]),
        ("own", vec![("REDIS_URL", server.url())]),
        ("no-unicode", vec![]),
        ("refused", vec![("CACHE_REDIS_URL", "redis://:hunter2@".to_owned())]),
        (
            "certificates",
            vec![
                ("CACHE_REDIS_URL", "rediss://:hunter2@127.0.0.1".to_owned()),
                ("CACHE_REDIS_CA_FILE", "/there/is/none".to_owned()),
            ],
        ),
        ("late", vec![("CACHE_REDIS_URL", server.url())]),
    ] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "environment::in_a_process_of_its_own", "--include-ignored"])
            .env_remove("CACHE_REDIS_URL")
            .env_remove("REDIS_URL")
            .env_remove("REDIS_HOST")
            .env_remove("CACHE_REDIS_CA_FILE")
            .env(CASE, case)
            .envs(variables)
            .envs((case == "no-unicode").then(|| ("CACHE_REDIS_URL", OsStr::from_bytes(b"\xFFhunter2"))))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{case}: {text}");
    }
}

#[tokio::test]
#[ignore = "run by the test above"]
async fn in_a_process_of_its_own() {
    match std::env::var(CASE).as_deref() {
        Ok("shared") => {
            let cache = cache_redis::init_from_env().await.unwrap();
            assert!(cache.shared_stats().is_some());
            assert!(cache_core::get_cache().shared_stats().is_some());
        }
        Ok("memory") => {
            assert!(RedisTier::from_env().await.unwrap().is_none());
            assert!(cache_redis::init_from_env().await.unwrap().shared_stats().is_none());
        }
        Ok("own") => {
            let tier = RedisTier::from_env().await.unwrap().expect("it is named");
            let cache = |tier| Cache::builder().namespace("own").shared(tier).build().unwrap();
            let (one, other) = (cache(tier), cache(RedisTier::from_env().await.unwrap().unwrap()));
            assert_eq!(one.set("a", 1, Ttl::Default).await.shared, Shared::Applied);
            assert_eq!(other.get::<i32>("a").await, Some(1));
            assert!(cache_core::get_cache().shared_stats().is_none(), "the process-wide one has none");
        }
        Ok("no-unicode") => {
            let error = RedisTier::from_env().await.unwrap_err();
            assert_eq!(error.kind(), cache_redis::ErrorKind::InvalidUrl);
            assert_eq!(error.to_string(), "CACHE_REDIS_URL: it is not Unicode");
        }
        Ok("refused") => {
            let error = RedisTier::from_env().await.unwrap_err().to_string();
            let text = cache_redis::init_from_env().await.unwrap_err().to_string();
            assert_eq!(error, text);
            assert!(text.starts_with("CACHE_REDIS_URL: ") && !text.contains("hunter2"), "{text}");
        }
        Ok("certificates") => {
            let error = cache_redis::init_from_env().await.unwrap_err();
            let text = error.to_string();
            assert_eq!(error.kind(), cache_redis::ErrorKind::Certificates, "{text}");
            assert!(text.starts_with("CACHE_REDIS_CA_FILE: ") && !text.contains("hunter2"), "{text}");
        }
        Ok("late") => {
            let _ = cache_core::get_cache();
            let error = cache_redis::init_from_env().await.unwrap_err();
            assert_eq!(error.kind(), cache_redis::ErrorKind::Cache, "{error}");
        }
        case => panic!("no such case: {case:?}"),
    }
}
