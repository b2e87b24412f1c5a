//! Set-up from the environment, on a server named there.

use std::process::Command;

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
        Ok("memory") => assert!(cache_redis::init_from_env().await.unwrap().shared_stats().is_none()),
        Ok("refused") => {
            let text = cache_redis::init_from_env().await.unwrap_err().to_string();
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
