use std::rc::Rc;

use cache_core::cached;

#[cached]
fn shared(id: i64) -> Rc<i64> {
    Rc::new(id)
}

fn main() {}
