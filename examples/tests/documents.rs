//! What the documents say that a doctest cannot see.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use cache_core::{CacheKey, key};

const README: &str = include_str!("../../README.md");
const CACHE_KEY: &str = include_str!("../../cache-core/docs/cache_key.md");
const DEPENDENCIES: &str = include_str!("../../decisions/0001-dependencies.md");

/// Each crate's part of the page about dependencies, and its manifest.
const MANIFESTS: [(&str, &str); 8] = [
    ("cache-core", include_str!("../../cache-core/Cargo.toml")),
    ("cache-macros", include_str!("../../cache-macros/Cargo.toml")),
    ("cache-redis", include_str!("../../cache-redis/Cargo.toml")),
    ("cache-tests", include_str!("../../cache-tests/Cargo.toml")),
    ("cache-tests-2021", include_str!("../../cache-tests/edition-2021/Cargo.toml")),
    ("examples", include_str!("../Cargo.toml")),
    ("cache-bench", include_str!("../../cache-bench/Cargo.toml")),
    ("cache-fuzz", include_str!("../../fuzz/Cargo.toml")),
];

#[derive(CacheKey)]
struct UserId(u64);

#[derive(CacheKey)]
struct Page {
    skip: u32,
    limit: u32,
}

#[derive(CacheKey)]
enum Status {
    Matched,
    Source(u8),
}

/// The row of each expression, as it is printed.
macro_rules! rows {
    ($($value:expr),* $(,)?) => {
        [$(format!("| `{}` | `{}` |", stringify!($value), key!("{}", $value))),*]
    };
}

#[test]
fn the_table_of_printed_keys_is_true() {
    let rows = rows![
        -42_i64,
        true,
        'x',
        "blues",
        "",
        "a:b*",
        "50%",
        Some(3),
        None::<i64>,
        Some(None::<i64>),
        (),
        (1, "a"),
        ("a,b", "("),
        [1, 2, 3],
        vec!["a", ""],
        BTreeMap::from([("a", 1), ("b", 2)]),
        0..10,
        Duration::from_millis(1500),
        UNIX_EPOCH + Duration::from_secs(60),
        Ipv4Addr::LOCALHOST,
        Ipv6Addr::LOCALHOST,
        SocketAddr::from(([10, 0, 0, 1], 80)),
        Path::new("music/nina.flac"),
        UserId(7),
        Page { skip: 0, limit: 24 },
        Status::Matched,
        Status::Source(7),
    ];
    let table = CACHE_KEY.split("| value | prints |\n|---|---|\n").nth(1).unwrap();
    let table: Vec<_> = table.lines().take_while(|line| line.starts_with('|')).collect();
    assert_eq!(table, rows);
}

#[test]
fn the_first_block_is_the_quickstart_example() {
    let source = include_str!("../src/bin/quickstart.rs");
    let code = source.split_once("\n\n").map(|(_, code)| code).unwrap();
    let block = README.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(block, code);
}

/// The names in a manifest's tables of dependencies.
fn dependencies(manifest: &str) -> BTreeSet<&str> {
    let tables =
        manifest.split("\n[").filter(|table| table.lines().next().is_some_and(|head| head.ends_with("dependencies]")));
    tables
        .flat_map(|table| table.lines().skip(1))
        .filter_map(|line| line.split(['.', ' ']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .collect()
}

#[test]
fn every_dependency_is_on_the_page_about_dependencies_and_no_other() {
    for (name, manifest) in MANIFESTS {
        let part = DEPENDENCIES.split("\n### ").find(|part| part.starts_with(&format!("`{name}`\n"))).unwrap();
        let part = part.split("\n## ").next().unwrap();
        let first_cells = part.lines().filter(|line| line.starts_with("| `")).filter_map(|line| line.split('|').nth(1));
        let listed = first_cells.flat_map(|cell| cell.split(',')).map(|cell| cell.trim().trim_matches('`'));
        assert_eq!(listed.collect::<BTreeSet<_>>(), dependencies(manifest), "{name}");
    }
}

/// Files that may hold unsafe code. Each argues for every block of it.
const UNSAFE: [&str; 7] = [
    "cache-core/src/call/body.rs",
    "cache-core/src/call/calling.rs",
    "cache-core/src/call/loading.rs",
    "cache-core/src/entry/handle.rs",
    "cache-core/src/entry/held.rs",
    "cache-core/src/store/typed/map.rs",
    "cache-core/src/store/typed/table.rs",
];

#[test]
fn unsafe_code_is_where_it_was_argued_for_and_nowhere_else() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = BTreeSet::new();
    let mut folders: Vec<_> =
        ["cache-core/src", "cache-macros/src", "cache-redis/src"].map(|folder| root.join(folder)).into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read_to_string(&path).unwrap().contains("allow(unsafe_code)") {
                found.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    assert_eq!(found, UNSAFE.map(str::to_owned).into());
}
