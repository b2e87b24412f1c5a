//! Which requests are played: recorded traces, or synthetic ones from fixed seeds.

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use ruzstd::decoding::StreamingDecoder;

use crate::keys::zipf;

/// Later requests of a trace are not played.
const MOST: usize = 1_500_000;
const SUFFIX: &str = ".u32.zst";

pub(crate) struct Trace {
    pub(crate) name: String,
    pub(crate) requests: Vec<u32>,
}

/// Why a folder of traces cannot be played.
#[derive(Debug)]
pub(crate) struct Unreadable {
    path: PathBuf,
    reason: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read traces from {}: {}", self.path.display(), self.reason.replace('\n', " "))
    }
}

impl std::error::Error for Unreadable {}

impl Unreadable {
    fn new(path: &Path, reason: impl fmt::Display) -> Self {
        Self { path: path.to_owned(), reason: reason.to_string() }
    }
}

impl Trace {
    fn read(path: &Path, name: &str) -> Result<Self, Unreadable> {
        let failed = |reason: &dyn fmt::Display| Unreadable::new(path, reason);
        let file = File::open(path).map_err(|error| failed(&error))?;
        let stream = StreamingDecoder::new(BufReader::new(file)).map_err(|error| failed(&error))?;
        let mut bytes = Vec::new();
        stream.take(4 * MOST as u64).read_to_end(&mut bytes).map_err(|error: io::Error| failed(&error))?;
        let (keys, rest) = bytes.as_chunks::<4>();
        if keys.is_empty() || !rest.is_empty() {
            return Err(failed(&"not a stream of 32-bit keys"));
        }
        Ok(Self { name: name.to_owned(), requests: keys.iter().copied().map(u32::from_le_bytes).collect() })
    }

    pub(crate) fn distinct(&self) -> usize {
        self.requests.iter().collect::<HashSet<_>>().len()
    }
}

/// All traces of a folder, by name.
pub(crate) fn of_folder(folder: &Path) -> Result<Vec<Trace>, Unreadable> {
    let failed = |error: io::Error| Unreadable::new(folder, error);
    let mut traces = Vec::new();
    for file in fs::read_dir(folder).map_err(failed)? {
        let path = file.map_err(failed)?.path();
        if let Some(name) = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(SUFFIX)) {
            traces.push(Trace::read(&path, name)?);
        }
    }
    if traces.is_empty() {
        return Err(Unreadable::new(folder, format!("it has no file *{SUFFIX}")));
    }
    traces.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(traces)
}

/// The request at a place of a synthetic trace.
type Next = Box<dyn FnMut(&mut StdRng, u32) -> u32>;

/// Popularity, a loop, scans between popular keys, and popularity that moves on.
pub(crate) fn synthetic(quick: bool) -> Vec<Trace> {
    const KEYS: u32 = 100_000;
    let requests = if quick { 300_000 } else { MOST };
    let popular = zipf(u64::from(KEYS), 0.9);
    let trace = |name: &str, mut next: Next| {
        let mut rng = StdRng::seed_from_u64(7);
        let requests = (0..requests as u32).map(|at| next(&mut rng, at)).collect();
        Trace { name: format!("synthetic {name}"), requests }
    };
    vec![
        trace("zipf", Box::new(move |rng, _| rng.sample(popular) as u32)),
        trace("loop", Box::new(|_, at| at % 20_000)),
        // Every tenth block of a thousand requests runs once through keys that nobody else asks for.
        trace(
            "zipf and scans",
            Box::new(move |rng, at| if at / 1_000 % 10 == 9 { KEYS + at } else { rng.sample(popular) as u32 }),
        ),
        trace("shifting zipf", Box::new(move |rng, at| (rng.sample(popular) as u32 + at / 50_000 * 1_000) % KEYS)),
    ]
}
