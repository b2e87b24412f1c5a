//! A shop whose products are in categories and of brands: what changes for one of those is invalidated by its tag, whatever
//! the entries are called.

use std::sync::Mutex;

use cache_core::{Cache, cached, init_cache, invalidates, key};

#[derive(Debug, Clone)]
struct Product {
    name: &'static str,
    category: &'static str,
    brand: &'static str,
    price: u32,
}

struct Shop(Mutex<Vec<Product>>);

impl Shop {
    fn find<T>(&self, is_it: impl Fn(&Product) -> bool, what: impl Fn(&Product) -> T) -> Vec<T> {
        let all = self.0.lock().expect("nobody panics in the shop");
        all.iter().filter(|product| is_it(product)).map(what).collect()
    }

    fn change(&self, is_it: impl Fn(&Product) -> bool, change: impl Fn(&mut Product)) {
        let mut all = self.0.lock().expect("nobody panics in the shop");
        all.iter_mut().filter(|product| is_it(product)).for_each(change);
    }
}

/// Which tags a product has is known when it was found.
#[cached(ttl = "10m", key_prefix = "product", skip(shop),
    tags_with = |found: &Product| [key!("category:{}", found.category), key!("brand:{}", found.brand)])]
async fn product(shop: &Shop, name: &str) -> Option<Product> {
    shop.find(|product| product.name == name, Product::clone).pop()
}

/// Those of a list are in its arguments.
#[cached(ttl = "10m", tags = ["category:{category}"], skip(shop))]
async fn prices(shop: &Shop, category: &str) -> Vec<(&'static str, u32)> {
    shop.find(|product| product.category == category, |product| (product.name, product.price))
}

/// Names alone: other prices do not change them.
#[cached(ttl = "10m", tags = ["brand:{brand}"], skip(shop))]
async fn made_by(shop: &Shop, brand: &str) -> Vec<&'static str> {
    shop.find(|product| product.brand == brand, |product| product.name)
}

#[invalidates(tag = "category:{category}")]
async fn reduce(shop: &Shop, category: &str, by: u32) {
    shop.change(|product| product.category == category, |product| product.price -= by);
}

async fn ask_for_everything(shop: &Shop, cache: &Cache) {
    for name in ["kettle", "pot", "lamp", "torch"] {
        product(shop, name).await;
    }
    prices(shop, "kitchen").await;
    prices(shop, "light").await;
    made_by(shop, "acme").await;
    made_by(shop, "zeta").await;
    show("asked for", cache);
}

fn show(what: &str, cache: &Cache) {
    let mut keys = cache.keys();
    keys.sort();
    println!("{what}; there are {}:\n  {}", keys.len(), keys.join(" "));
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cache = Cache::builder().build()?;
    init_cache(cache.clone())?;
    let goods = [("kettle", "kitchen", "acme", 40), ("pot", "kitchen", "zeta", 25)];
    let lights = [("lamp", "light", "acme", 30), ("torch", "light", "zeta", 10)];
    let make = |(name, category, brand, price)| Product { name, category, brand, price };
    let shop = &Shop(Mutex::new([goods, lights].concat().into_iter().map(make).collect()));

    ask_for_everything(shop, &cache).await;
    reduce(shop, "kitchen", 5).await;
    show("the kitchen is reduced", &cache);

    let removed = cache.invalidate_tag(key!("brand:{}", "acme")).await;
    show(&format!("acme has another name, {} entries went", removed.entries), &cache);

    ask_for_everything(shop, &cache).await;
    println!("{:?}", prices(shop, "kitchen").await);
    println!("{} of {} calls were hits", cache.stats().hits, cache.stats().requests);
    Ok(())
}
