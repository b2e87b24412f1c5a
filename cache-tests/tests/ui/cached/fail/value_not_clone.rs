use cache_core::cached;

struct Handle;

#[cached]
async fn plain(id: i64) -> Handle {
    let _ = id;
    Handle
}

#[cached]
fn in_layers(id: i64) -> Result<Option<Handle>, String> {
    let _ = id;
    Ok(Some(Handle))
}

fn main() {}
