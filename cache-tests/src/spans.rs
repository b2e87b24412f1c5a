//! The spans that are made, for a test to read.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_core::span::Current;

/// The cache's spans on one thread, in the order in which they were made.
#[derive(Debug, Clone)]
pub struct Spans {
    most: Level,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    spans: Vec<HashMap<&'static str, String>>,
    metadata: Vec<&'static Metadata<'static>>,
    current: Vec<Id>,
}

impl Spans {
    /// Of that level and above.
    #[must_use]
    pub fn new(most: Level) -> Self {
        Self { most, seen: Arc::default() }
    }

    /// The fields of each span, with `name`, `level`, `parent` (the number of the span that it was made in, from 1) and
    /// `entered`.
    #[must_use]
    pub fn all(&self) -> Vec<HashMap<&'static str, String>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).spans.clone()
    }

    /// One field of each span.
    #[must_use]
    pub fn each(&self, field: &str) -> Vec<String> {
        self.all().iter().map(|span| span.get(field).cloned().unwrap_or_default()).collect()
    }

    fn with<R>(&self, work: impl FnOnce(&mut Seen) -> R) -> R {
        work(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn index(id: &Id) -> usize {
    id.into_u64() as usize - 1
}

struct Fields<'a>(&'a mut HashMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "cache" && metadata.is_span() && *metadata.level() <= self.most
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let metadata = attributes.metadata();
        self.with(|seen| {
            let mut span = HashMap::from([("name", metadata.name().to_owned())]);
            span.insert("level", metadata.level().to_string());
            span.insert("parent", seen.current.last().map_or(String::new(), |parent| parent.into_u64().to_string()));
            attributes.record(&mut Fields(&mut span));
            seen.spans.push(span);
            seen.metadata.push(metadata);
            Id::from_u64(seen.spans.len() as u64)
        })
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        self.with(|seen| values.record(&mut Fields(&mut seen.spans[index(id)])));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, id: &Id) {
        self.with(|seen| {
            seen.current.push(id.clone());
            seen.spans[index(id)].insert("entered", "true".to_owned());
        });
    }

    fn exit(&self, id: &Id) {
        self.with(|seen| {
            if let Some(at) = seen.current.iter().rposition(|current| current == id) {
                seen.current.remove(at);
            }
        });
    }

    fn current_span(&self) -> Current {
        self.with(|seen| match seen.current.last() {
            Some(id) => Current::new(id.clone(), seen.metadata[index(id)]),
            None => Current::none(),
        })
    }
}
