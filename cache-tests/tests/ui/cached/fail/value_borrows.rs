use std::borrow::Cow;

use cache_core::cached;

#[cached]
fn reference(name: &str) -> &str {
    name
}

#[cached]
fn lifetime<'a>(name: &'a str) -> Result<Cow<'a, str>, String> {
    Ok(Cow::Borrowed(name))
}

#[cached]
async fn elided(name: &str) -> Option<Cow<'_, str>> {
    Some(Cow::Borrowed(name))
}

type Hidden<'a> = Option<&'a str>;

#[cached]
fn in_an_error(name: &str) -> Result<i64, Box<dyn std::error::Error + '_>> {
    Err(name.into())
}

fn main() {
    let _: Hidden;
}
