use std::collections::{HashMap, HashSet};

use cache_core::cached;

#[cached]
fn search(filters: HashMap<String, String>, tags: &HashSet<String>) -> usize {
    filters.len() + tags.len()
}

fn main() {}
