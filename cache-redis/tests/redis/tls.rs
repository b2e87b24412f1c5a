//! Encrypted connections, to a server whose certificate no authority has signed.

use std::path::Path;
use std::process::{Command, Stdio};

use cache_redis::redis::TlsCertificates;
use cache_redis::{ErrorKind, RedisTier};
use tempfile::TempDir;

use crate::contract::{record, store};
use crate::environment::CASE;
use crate::nodes::Nodes;
use crate::server::{Server, Setting, free_port, program};

/// An authority of the test's own, and a certificate for 127.0.0.1 that it has signed.
struct Papers {
    folder: TempDir,
}

impl Papers {
    fn make() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let run = |line: &str| {
            let mut openssl = Command::new("openssl");
            openssl.args(line.split(' ')).current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
            openssl.status().is_ok_and(|status| status.success())
        };
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
        let made = run(&format!("req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=authority -days 2"))
            && run(&format!("req {key} -keyout server.key -out server.csr -subj /CN=server"))
            && std::fs::write(folder.path().join("names"), "subjectAltName=IP:127.0.0.1").is_ok()
            && run(
                "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile names",
            );
        made.then_some(Self { folder })
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn authority(&self) -> TlsCertificates {
        TlsCertificates { client_tls: None, root_cert: Some(std::fs::read(self.path("ca.pem")).unwrap()) }
    }

    /// What a server is started with.
    fn arguments(&self) -> Vec<String> {
        let files =
            [("--tls-cert-file", "server.pem"), ("--tls-key-file", "server.key"), ("--tls-ca-cert-file", "ca.pem")];
        let files = files.iter().flat_map(|(option, file)| [(*option).to_owned(), self.path(file)]);
        files.chain(["--tls-auth-clients", "no"].map(str::to_owned)).collect()
    }
}

/// The papers and a server with a port for encrypted connections; none where the server was built without.
fn encrypted() -> Option<(Papers, Server, u16)> {
    // A server that knows the setting misses the file; another misses the setting.
    let probe = Command::new(program()).args(["--port", "0", "--tls-port", "1", "--tls-cert-file", "/none"]).output();
    let probe = probe.expect("these tests need `redis-server`");
    let text = String::from_utf8_lossy(&probe.stdout).into_owned() + &String::from_utf8_lossy(&probe.stderr);
    let Some(papers) = Papers::make().filter(|_| !text.contains("Bad directive")) else {
        println!("left out: `redis-server` is built without TLS, or there is no `openssl` here");
        return None;
    };
    let encrypted = std::cell::Cell::new(0);
    let server = Server::of(program(), |_, _: &Path| {
        encrypted.set(free_port());
        [papers.arguments(), vec!["--tls-port".to_owned(), encrypted.get().to_string()]].concat()
    });
    Some((papers, server, encrypted.get()))
}

#[tokio::test]
async fn an_authority_that_is_given_is_trusted_and_no_other() {
    let Some((papers, server, port)) = encrypted() else { return };
    let url = format!("rediss://127.0.0.1:{port}");
    let tier = RedisTier::connect_with_certificates(&url, papers.authority()).await.unwrap();
    store(&tier, "a").await;
    assert!(server.keys().contains(&"cache:a".to_owned()));
    let error = RedisTier::connect(&url).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Certificates, "{error}");
    let other = Papers::make().unwrap();
    let error = RedisTier::connect_with_certificates(&url, other.authority()).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Certificates && error.to_string().contains("not trusted"), "{error}");
    let tier = RedisTier::connect_with_certificates(url.clone() + "/3", papers.authority()).await.unwrap();
    assert_eq!(record(&tier, "a").await, None, "another database");
}

#[test]
fn the_environment_names_whom_to_trust() {
    let Some((papers, _server, port)) = encrypted() else { return };
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "environment::in_a_process_of_its_own", "--include-ignored"])
        .env("CACHE_REDIS_URL", format!("rediss://127.0.0.1:{port}"))
        .env("CACHE_REDIS_CA_FILE", papers.path("ca.pem"))
        .env(CASE, "shared")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[tokio::test]
async fn certificates_that_are_none_are_an_error() {
    for (url, root) in [
        ("rediss://127.0.0.1", "nonsense"),
        ("rediss://127.0.0.1", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n"),
        ("redis-cluster://127.0.0.1,127.0.0.2", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
    ] {
        let certificates = TlsCertificates { client_tls: None, root_cert: Some(root.into()) };
        let error = RedisTier::connect_with_certificates(url, certificates).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Certificates, "{error}");
    }
    let certificates = TlsCertificates { client_tls: None, root_cert: None };
    let error = RedisTier::connect_with_certificates("redis://127.0.0.1", certificates).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Certificates && error.to_string().contains("rediss"), "{error}");
}

#[tokio::test]
async fn all_nodes_of_a_cluster_are_reached_encrypted() {
    let Some((papers, ..)) = encrypted() else { return };
    let (nodes, ports) = Nodes::encrypted(&papers.arguments()).await;
    // One is named, and says where the others are.
    let url = format!("rediss-cluster://127.0.0.1:{}", ports[0]);
    let tier = RedisTier::connect_with_certificates(&url, papers.authority()).await.unwrap();
    for name in ["a", "b", "c", "d", "e", "f"] {
        store(&tier, name).await;
    }
    let sizes: Vec<usize> = nodes.each(&["DBSIZE"]);
    assert!(sizes.iter().filter(|size| **size > 0).count() > 1, "{sizes:?}");
    let error = RedisTier::connect(&url).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Certificates, "{error}");
}
