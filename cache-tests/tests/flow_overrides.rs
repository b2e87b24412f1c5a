//! An operator's TTL stands in place of the one in the code.

use std::fs;
use std::time::Duration;

use cache_core::{Cache, Error, ErrorKind, OverrideSource, Ttl, cached, updates};
use cache_tests::{in_memory, in_time, scope};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

#[cached(ttl = "5m", ttl_none = "2m")]
async fn get_artist(id: u64) -> Option<u64> {
    (id > 0).then_some(id)
}

#[cached(ttl_with = |v| Duration::from_secs(*v), key_prefix = "album")]
fn get_album(id: u64) -> u64 {
    id
}

#[cached(ttl = "never", key_prefix = "album:photos", ttl_err = "2m", cache_if = |v| *v != 3)]
fn album_photos(id: u64) -> Result<u64, String> {
    if id == 0 { Err("zero".to_owned()) } else { Ok(id) }
}

#[updates(get_album(id))]
fn write_album(id: u64) -> u64 {
    id
}

mod songs {
    #[cache_core::cached(ttl = "5m", key_prefix = "song")]
    pub(super) fn get(id: u64) -> u64 {
        id
    }
}

mod labels {
    #[cache_core::cached(ttl = "5m", key_prefix = "label")]
    pub(super) fn get(id: u64) -> u64 {
        id
    }
}

/// How long an entry stays fresh; none for ever.
#[track_caller]
fn left(cache: &Cache, name: &str) -> Option<Duration> {
    cache.entry(name).unwrap_or_else(|| panic!("{name} is not there")).remaining
}

#[tokio::test]
async fn what_is_stored_from_now_on_has_the_overrides_time() {
    if !in_memory() {
        return;
    }
    let scope = scope();
    in_time(scope.run(async {
        let cache = scope.cache();
        get_artist(1).await;
        cache.set_ttl_override("get_artist", HOUR).unwrap();
        assert_eq!(left(cache, "get_artist:1"), Some(5 * MINUTE), "what is stored keeps its time");
        get_artist(2).await;
        get_artist::put(3, 3).await;
        get_artist::refresh(1).await;
        get_artist(0).await;
        for id in 1..=3 {
            assert_eq!(left(cache, &get_artist::key(id)), Some(HOUR));
        }
        assert_eq!(left(cache, "get_artist:0"), Some(2 * MINUTE), "an absence has its own");
        scope.clock().advance(HOUR - Duration::from_secs(1));
        assert_eq!(get_artist::peek(2).await, Some(Some(2)));
        scope.clock().advance(Duration::from_secs(1));
        assert_eq!(get_artist::peek(2).await, None);

        assert!(cache.remove_ttl_override("get_artist") && !cache.remove_ttl_override("get_artist"));
        get_artist(2).await;
        assert_eq!(left(cache, "get_artist:2"), Some(5 * MINUTE));
    }))
    .await;
}

#[test]
fn an_override_wins_over_the_value_and_not_over_errors_and_conditions() {
    let scope = scope();
    let _entered = scope.enter();
    let cache = scope.cache();
    cache.set_ttl_override("get_album", Ttl::Default).unwrap();
    cache.set_ttl_override("album_photos", HOUR).unwrap();
    get_album(7);
    assert_eq!(left(cache, "album:7"), Some(5 * MINUTE), "the cache's default");
    for id in [0, 3, 4] {
        let _ = album_photos(id);
    }
    assert_eq!(left(cache, "album:photos:0"), Some(2 * MINUTE));
    assert_eq!(cache.entry("album:photos:3"), None);
    assert_eq!(left(cache, "album:photos:4"), Some(HOUR));

    cache.set_ttl_override("get_album", Ttl::Never).unwrap();
    get_album(8);
    assert_eq!(left(cache, "album:8"), None);
    cache.set_ttl_override("get_album", Duration::ZERO).unwrap();
    get_album(9);
    assert_eq!(cache.entry("album:9"), None, "nothing is stored");
    assert_eq!(cache.ttl_overrides().len(), 2, "the last one counts");
}

#[test]
fn a_function_that_was_not_called_yet_is_overridden_too() {
    let scope = scope();
    let _entered = scope.enter();
    let cache = scope.cache();
    cache.set_ttl_override("album", HOUR).unwrap();
    write_album(5);
    assert_eq!(left(cache, "album:5"), Some(HOUR), "a write under the name of a function that was never called here");
    get_album(6);
    assert_eq!(left(cache, "album:6"), Some(HOUR));
    let other = Cache::builder().build().unwrap();
    assert_eq!(other.ttl_overrides(), [], "it is this cache's alone");
}

#[test]
fn a_path_tells_functions_of_one_name_apart() {
    let scope = scope();
    let _entered = scope.enter();
    let cache = scope.cache();
    cache.set_ttl_override("get", MINUTE).unwrap();
    cache.set_ttl_override("songs::get", HOUR).unwrap();
    songs::get(1);
    labels::get(1);
    assert_eq!((left(cache, "song:1"), left(cache, "label:1")), (Some(HOUR), Some(MINUTE)));
}

#[test]
fn a_name_that_no_function_has_is_an_error_with_the_nearest() {
    let cache = Cache::builder().build().unwrap();
    let error = |name: &str| {
        let error = cache.set_ttl_override(name, MINUTE).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownFunction);
        error.to_string()
    };
    assert_eq!(error("get_artits"), "no decorated function is called `get_artits`: did you mean `get_artist`?");
    assert_eq!(error("zzz"), "no decorated function is called `zzz`");
    assert_eq!(error(""), "no decorated function is called ``");
    assert_eq!(cache.ttl_overrides(), []);
}

fn reload(cache: &Cache, text: &str) -> Result<(), Error> {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let name = format!("cache-overrides-{}-{}.toml", std::process::id(), FILES.fetch_add(1, Relaxed));
    let file = std::env::temp_dir().join(name);
    fs::write(&file, text).unwrap();
    let outcome = cache.reload_ttl_overrides(&file);
    fs::remove_file(&file).unwrap();
    outcome
}

#[test]
fn a_file_is_reloaded_as_a_whole_and_gives_way_to_calls() {
    let scope = scope();
    let _entered = scope.enter();
    let cache = scope.cache();
    reload(cache, "top = 1\n[other]\na = 1\n[ttl]\nalbum = 90\n\"songs::get\" = \"1h\"\nlabel = \"never\"").unwrap();
    let said: Vec<_> = cache.ttl_overrides().iter().map(ToString::to_string).collect();
    assert_eq!(said, ["album = \"1m 30s\"", "label = \"never\"", "songs::get = \"1h\""]);
    songs::get(1);
    labels::get(1);
    get_album(1);
    assert_eq!((left(cache, "song:1"), left(cache, "label:1")), (Some(HOUR), None));
    assert_eq!(left(cache, "album:1"), Some(Duration::from_secs(90)));

    cache.set_ttl_override("album", MINUTE).unwrap();
    reload(cache, "[ttl]\nget_album = \"1h\"\n").unwrap();
    labels::get(2);
    get_album(2);
    assert_eq!((left(cache, "label:2"), left(cache, "album:2")), (Some(5 * MINUTE), Some(MINUTE)));
    let sources: Vec<_> = cache.ttl_overrides().iter().map(|one| one.source).collect();
    assert_eq!(sources, [OverrideSource::File, OverrideSource::Call]);
}

#[test]
fn a_bad_file_changes_nothing_and_says_what_is_wrong() {
    let cache = Cache::builder().build().unwrap();
    reload(&cache, "[ttl]\nalbum = 1\n").unwrap();
    for (text, kind, says) in [
        ("[ttl]\nalbum = 2\nget_sonk = 1", ErrorKind::UnknownFunction, "no decorated function is called `get_sonk`"),
        ("[ttl]\nalbum = \"soon\"", ErrorKind::InvalidConfig, "`album`: \"soon\" is no duration: write `\"5m\"`"),
        ("[ttl]\nalbum = -5", ErrorKind::InvalidConfig, "\"-5\" is no duration"),
        ("[ttl]\nalbum = [1]", ErrorKind::InvalidConfig, "\"array\" is no duration"),
        ("[tll]\nalbum = 1", ErrorKind::InvalidConfig, "it has no table `[ttl]`"),
        ("[ttl", ErrorKind::InvalidConfig, "it is no TOML"),
    ] {
        let error = reload(&cache, text).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(cache.ttl_overrides()[0].to_string(), "album = \"1s\"");
    }
    let error = cache.reload_ttl_overrides("/nowhere/cache.toml").unwrap_err();
    assert!(error.to_string().starts_with("/nowhere/cache.toml: it was not read"), "{error}");
}

/// The environment of a process is set from outside: this test runs itself, with another one.
#[test]
fn the_environment_overrides_the_file_in_the_process_wide_cache() {
    const CHILD: &str = "OVERRIDES_CHILD";
    let name = "the_environment_overrides_the_file_in_the_process_wide_cache";
    if let Ok(expected) = std::env::var(CHILD) {
        let said = match cache_core::init_from_env() {
            Ok(cache) => cache.ttl_overrides().iter().map(|one| format!("{:?} {one}; ", one.source)).collect(),
            Err(error) => error.to_string(),
        };
        assert_eq!(said, expected);
        return;
    }
    let file = std::env::temp_dir().join(format!("cache-env-{}.toml", std::process::id()));
    fs::write(&file, "[ttl]\nalbum = 90\n").unwrap();
    let run = |variables: &[(&str, &str)], expected: &str| {
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env("CACHE_TTL_FILE", &file)
            .env(CHILD, expected)
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    };
    run(
        &[("CACHE_TTL__GET_ARTIST", "60"), ("CACHE_TTL__ALBUM_PHOTOS", "1h")],
        "File album = \"1m 30s\"; Environment album:photos = \"1h\"; Environment album_photos = \"1h\"; Environment \
         get_artist = \"1m\"; ",
    );
    run(
        &[("CACHE_TTL__GET_ARTISTS", "60")],
        "no decorated function is called `CACHE_TTL__GET_ARTISTS`: did you mean `CACHE_TTL__GET_ARTIST`?",
    );
    let what = "duration: write `\"5m\"`, `\"1h30m\"`, `\"never\"`, or seconds as `300`";
    run(
        &[("CACHE_TTL__ALBUM", "soon")],
        &format!("CACHE_TTL__ALBUM=\"soon\": \"soon\" is no {what}: expected number at 0"),
    );
    fs::remove_file(&file).unwrap();
}
