//! Every decorated function of the program is known before the first call. One binary, whose functions are listed here.

use std::sync::LazyLock;
use std::time::Duration;

use cache_core::testing::Scope;
use cache_core::{Cache, Tier, cached};

#[derive(Clone)]
struct Artist;

/// Never called.
#[cached(ttl = "5m", key_prefix = "artist")]
#[allow(dead_code)]
async fn get_artist(db: &str, artist_id: i64, trace: bool) -> Result<Option<u32>, String> {
    let _ = (db, artist_id, trace);
    Ok(None)
}

mod inner {
    use super::{Artist, Duration, cached};

    #[allow(dead_code)]
    #[cached(key = "album:{album_id}:photos:{status|lower}", skip(_trace), version = 3)]
    fn photos(album_id: i64, status: &str, _trace: u64) -> Vec<u8> {
        let _ = (album_id, status);
        Vec::new()
    }

    #[allow(dead_code)]
    #[cached(tier = "local", ttl_with = |_| Duration::from_secs(1))]
    async fn secret(id: u64) -> Artist {
        let _ = id;
        Artist
    }
}

#[allow(dead_code)]
#[cached(key_prefix = "generic", ttl = "never")]
async fn generic<T: Clone + Send + Sync + 'static>(id: u64) -> Option<T> {
    let _ = id;
    None
}

static OTHER: LazyLock<Cache> = LazyLock::new(|| Cache::builder().build().unwrap());

#[cached(cache = OTHER)]
fn elsewhere(n: u8) -> u8 {
    n
}

macro_rules! written_by_a_macro {
    ($name:ident) => {
        #[cached(ttl = 60)]
        fn $name(n: u8) -> u8 {
            n
        }
    };
}
written_by_a_macro!(expanded);

const TABLE: &str = "\
function    key                                     not in the key  ttl       tier   cache         where
get_artist  artist:{db}:{artist_id}:{trace}         -               5m        auto   process-wide  FILE:13
photos      album:{album_id}:photos:{status|lower}  _trace          default   local  process-wide  FILE:24
secret      secret:{id}                             -               by value  local  process-wide  FILE:31
generic     generic:{T}:{id}                        -               never     local  process-wide  FILE:39
elsewhere   elsewhere:{n}                           -               default   local  OTHER         FILE:47
expanded    expanded:{n}                            -               60s       local  process-wide  FILE:60
row         Repo.row:{id}                           self            default   auto   process-wide  FILE:82
count       Repo.count:{of}                         -               default   auto   process-wide  FILE:87
nested      nested:{n}                              -               default   local  process-wide  FILE:98
";

#[allow(dead_code)]
struct Repo(u8);

#[cached]
#[allow(dead_code)]
impl Repo {
    #[cached(skip(self))]
    async fn row(&self, id: u64) -> Option<u64> {
        Some(id + u64::from(self.0))
    }

    #[cached]
    async fn count(of: &str) -> usize {
        of.len()
    }
}

fn cache() -> Cache {
    Cache::builder().build().unwrap()
}

#[test]
fn functions_are_listed_before_they_are_called_wherever_they_stand() {
    #[cached]
    #[allow(dead_code)]
    fn nested(n: u8) -> u8 {
        n
    }
    assert_eq!(cache().functions().to_string().replace(file!(), "FILE"), TABLE);
}

#[test]
fn a_listed_function_says_what_its_attribute_says() {
    let functions = cache().functions();
    let photos = functions.iter().find(|function| function.function == "photos").unwrap();
    assert_eq!((photos.version, photos.skipped, photos.tier), (3, &["_trace"][..], Tier::Local));
    assert_eq!(photos.module, "flow_manifest::inner");
    assert_eq!(photos.to_string(), format!("`photos` ({}:24)", file!()));
    assert_eq!(functions.len(), functions.into_iter().count());
}

#[test]
fn functions_that_get_on_with_each_other_pass_the_check_called_or_not() {
    let scope = Scope::new();
    let _entered = scope.enter();
    scope.cache().check().unwrap();
    assert_eq!((expanded(7), elsewhere(7)), (7, 7));
    scope.cache().check().unwrap();
    OTHER.check().unwrap();
    Cache::builder().strict(true).build().unwrap();
}
