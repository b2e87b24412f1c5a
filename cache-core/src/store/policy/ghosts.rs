//! What is remembered of entries that have gone: a fingerprint, and when they were last pushed.

const WAYS: usize = 8;

/// For how many times the capacity, in ticks, a ghost is worth something.
const WORTH: u32 = 4;

/// Ghosts per entry of capacity.
const PER_ENTRY: usize = 3;

/// Zero is no ghost: a fingerprint is not.
#[derive(Debug, Clone, Copy, Default)]
struct Ghost {
    fingerprint: u16,
    /// In units of `quantum` ticks, wrapping around.
    stamp: u16,
}

#[derive(Debug, Default)]
pub(super) struct Ghosts {
    buckets: Vec<[Ghost; WAYS]>,
    capacity: usize,
    quantum: u32,
}

fn fingerprint(hash: u64) -> u16 {
    (hash as u16).max(1)
}

impl Ghosts {
    /// Makes room for the ghosts of so many entries. What was remembered is forgotten where that changes much.
    pub(super) fn fit(&mut self, entries: usize) {
        if entries <= self.capacity + self.capacity / 2 && entries * 4 >= self.capacity {
            return;
        }
        self.capacity = entries;
        self.quantum = (entries / 128).max(1) as u32;
        self.buckets = vec![Default::default(); (PER_ENTRY * entries).div_ceil(WAYS)];
    }

    fn bucket(&mut self, hash: u64) -> Option<&mut [Ghost; WAYS]> {
        // The upper half of the hash, scaled to the number of buckets.
        let at = ((hash >> 32) * self.buckets.len() as u64) >> 32;
        self.buckets.get_mut(at as usize)
    }

    /// Remembers an entry in place of the oldest in its bucket.
    pub(super) fn put(&mut self, hash: u64, stamp: u32, now: u32) {
        let quantum = self.quantum.max(1);
        let now = (now / quantum) as u16;
        let Some(bucket) = self.bucket(hash) else { return };
        // No ghost at all is the oldest; of several the last.
        let ages = bucket.map(|ghost| if ghost.fingerprint == 0 { u16::MAX } else { now.wrapping_sub(ghost.stamp) });
        let mut oldest = 0;
        for way in 1..WAYS {
            oldest = if ages[way] >= ages[oldest] { way } else { oldest };
        }
        bucket[oldest] = Ghost { fingerprint: fingerprint(hash), stamp: (stamp / quantum) as u16 };
    }

    /// How many ticks ago the entry that is back was pushed, if that is remembered and not too long ago.
    pub(super) fn take(&mut self, hash: u64, now: u32) -> Option<u32> {
        let quantum = self.quantum.max(1);
        let worth = WORTH * self.capacity as u32;
        let ghost = self.bucket(hash)?.iter_mut().find(|ghost| ghost.fingerprint == fingerprint(hash))?;
        let age = u32::from(((now / quantum) as u16).wrapping_sub(ghost.stamp)) * quantum;
        *ghost = Ghost::default();
        (age <= worth).then_some(age)
    }
}
