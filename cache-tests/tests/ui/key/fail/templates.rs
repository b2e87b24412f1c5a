use cache_core::key;

fn main() {
    let id = 5;
    let _ = key!("user:{}");
    let _ = key!("user:{}", id, id);
    let _ = key!("user:{nobody}");
    let _ = key!("user:*:{id}");
    let _ = key!("user:{id}{id}");
    let _ = key!("");
    let _ = key!(id);
    let _ = key!("user:{}", 0.5);
    let _ = key!("user:{id");
}
