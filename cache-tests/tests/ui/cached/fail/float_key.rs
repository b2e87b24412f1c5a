use cache_core::cached;

#[cached]
fn weather(latitude: f64, longitude: Option<f32>) -> String {
    format!("{latitude} {longitude:?}")
}

fn main() {}
