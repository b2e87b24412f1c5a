//! Keys by hand.

use cache_core::key;

struct User {
    id: i64,
    name: (String, u8),
}

mod elsewhere {
    pub fn key() -> String {
        let id = 5;
        cache_core::key!("elsewhere:{id}")
    }
}

macro_rules! user_key {
    ($id:expr) => {
        key!("user:{}", $id)
    };
}

fn main() {
    let user = User { id: 5, name: ("Ab:c".to_owned(), 6) };
    let id = 7;
    assert_eq!(key!("config"), "config");
    assert_eq!(key!("user:{}", id), "user:7");
    assert_eq!(key!("user:{id}:{}:{user.name.1}", user.id), "user:7:5:6");
    assert_eq!(key!("user:{user.name.0|lower}"), "user:ab%3Ac");
    assert_eq!(key!("user:{}", [1, 2, 3].iter().sum::<i32>(),), "user:6");
    assert_eq!(key!("workstations_{id}"), "workstations_7");
    assert_eq!(key!("{{x}}:{}", Some("")), key!("{{x}}:{}", ""));
    assert_eq!(user_key!(id + 1), "user:8");
    assert_eq!(elsewhere::key(), "elsewhere:5");
}
