//! The forms of a target, and of the functions that invalidate.

use cache_core::{cached, invalidates};

mod repository {
    use cache_core::cached;

    #[cached]
    pub fn get_artist(artist_id: i64, name: &str) -> Option<String> {
        Some(format!("{artist_id}{name}"))
    }
}

#[cached]
fn list(kind: Option<&str>, tags: &[&str], page: u32, name: String) -> usize {
    kind.map_or(0, str::len) + tags.len() + page as usize + name.len()
}

#[cached]
async fn item<T: Clone + Default + Send + Sync + 'static>(id: i64) -> Option<T> {
    (id > 0).then(T::default)
}

#[cached]
fn by_name(name: impl AsRef<str>, title: impl Into<String>) -> usize {
    name.as_ref().len() + title.into().len()
}

struct Written {
    id: i64,
    names: Vec<String>,
}

#[invalidates(repository::get_artist(artist_id, &name), repository::get_artist(artist_id, ..), list(..))]
fn by_value(artist_id: i64, name: String) -> usize {
    drop(name);
    artist_id as usize
}

#[invalidates(list(kind, &tags, 5, _), list(_, _, 5, ..), list(_, &["a", "b"], ..), list(None, ..))]
fn wildcards(kind: Option<&str>, tags: Vec<&str>) -> bool {
    drop(tags);
    kind.is_some()
}

#[invalidates(item::<u8>(id), item::<String>(..), item::<u8>(_), item(..), by_name(&name, name), by_name(_, "t".to_owned()))]
async fn generics(id: i64, name: &String) -> Result<(), String> {
    if id > 5 {
        return Err(name.clone());
    }
    Ok(())
}

#[invalidates(
    repository::get_artist(result.id, &result.names[0]),
    repository::get_artist(id, &result.names[0]),
    list(_, _, result.id as u32, ..),
    key = "artist:{result.id}:{id}",
    key = "artist:{name|lower}:{id|hash}",
    pattern = "*:{result.id}:{name}:*",
)]
async fn results(id: i64, name: String) -> Result<Option<Written>, std::num::ParseIntError> {
    let id = name.parse::<i64>()? + id;
    Ok(Some(Written { id, names: vec![name] }))
}

struct Repository {
    tenant: i64,
    names: Vec<String>,
}

impl Repository {
    #[invalidates(repository::get_artist(self.tenant, ""), key = "tenant:{self.tenant}")]
    fn by_reference(&self) -> &[String] {
        &self.names
    }

    #[invalidates(repository::get_artist(self.tenant, name))]
    fn by_mutable_reference<'a>(&'a mut self, mut name: &str) -> Option<&'a mut String> {
        name = name.trim();
        self.names.push(name.to_owned());
        self.names.last_mut()
    }

    #[invalidates(repository::get_artist(self.tenant, name))]
    async fn later(&mut self, name: &str) -> Result<&Self, String> {
        self.names.push(name.to_owned());
        std::future::ready(()).await;
        Ok(self)
    }

    #[invalidates(repository::get_artist(self.tenant, ..))]
    fn consuming(mut self) -> Self {
        self.tenant += 1;
        self
    }

    #[invalidates(repository::get_artist(5, ..))]
    fn constructor() -> Self {
        Self { tenant: 5, names: Vec::new() }
    }
}

trait Writes {
    async fn write(&self, id: i64) -> Result<(), String>;
    #[invalidates(repository::get_artist(id, ..))]
    fn provided(&self, id: i64) -> i64 {
        id
    }
}

impl Writes for Repository {
    #[invalidates(repository::get_artist(id, ..))]
    async fn write(&self, id: i64) -> Result<(), String> {
        if id > 5 {
            Err(String::new())
        } else {
            Ok(())
        }
    }
}

#[invalidates(list(..))]
#[invalidates(pattern = "artist:*")]
fn stacked() {}

#[invalidates(pattern = "*")]
fn diverging(id: i64) -> i64 {
    panic!("{id}")
}

#[invalidates(pattern = "*")]
async fn diverging_later(id: i64) -> i64 {
    if id > 5 {
        return 5;
    }
    loop {
        std::future::pending::<()>().await;
    }
}

fn main() {
    assert_eq!(by_value(5, String::new()), 5);
    assert!(wildcards(Some(""), vec![]));
    let mut repository = Repository::constructor();
    assert!(repository.by_reference().is_empty());
    assert!(repository.by_mutable_reference("x").is_some());
    drop(repository.later("y"));
    drop(repository.write(5));
    assert_eq!(repository.provided(5), 5);
    assert_eq!(repository.consuming().tenant, 6);
    stacked();
    drop((generics(5, &String::new()), results(5, String::new()), diverging_later(5)));
    let _: fn(i64) -> i64 = diverging;
}
