//! A value that misbehaves.

use std::fmt;
use std::sync::Arc;

/// A value whose `Clone` and last `Drop` do as they are told.
#[derive(Default)]
pub struct Wild(Arc<Deeds>);

#[derive(Default)]
struct Deeds {
    clone: Option<Box<dyn Fn() + Send + Sync>>,
    drop: Option<Box<dyn Fn() + Send + Sync>>,
}

impl Clone for Wild {
    fn clone(&self) -> Self {
        if let Some(deed) = &self.0.clone {
            deed();
        }
        Self(self.0.clone())
    }
}

impl Drop for Deeds {
    fn drop(&mut self) {
        if let Some(deed) = &self.drop {
            deed();
        }
    }
}

impl fmt::Debug for Wild {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wild")
    }
}

impl Wild {
    /// Does this when its last copy is dropped.
    pub fn on_drop(deed: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(Deeds { clone: None, drop: Some(Box::new(deed)) }))
    }

    /// Does this when it is cloned.
    pub fn on_clone(deed: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(Deeds { clone: Some(Box::new(deed)), drop: None }))
    }
}
