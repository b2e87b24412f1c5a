//! Key types of the standard library: platform strings, times and network addresses.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{CacheKey, Sink};

/// Prints as the text that it is, or else as `~bytes` and its bytes in hexadecimal: no text begins with a bare `~`.
impl CacheKey for OsStr {
    fn visit<S: Sink>(&self, sink: &mut S) {
        match self.to_str() {
            Some(text) => sink.text(text),
            None => {
                sink.absent();
                sink.scalar(self.as_encoded_bytes(), &Hexadecimal(self.as_encoded_bytes()));
            }
        }
    }
}

struct Hexadecimal<'a>(&'a [u8]);

impl fmt::Display for Hexadecimal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

macro_rules! os_strings {
    ($($type:ty)*) => {$(
        impl CacheKey for $type {
            fn visit<S: Sink>(&self, sink: &mut S) {
                AsRef::<OsStr>::as_ref(self).visit(sink);
            }
        }
    )*};
}
os_strings!(OsString Path PathBuf);

/// Prints seconds, with as many decimals as are needed: `90s`, `1.5s`.
struct Seconds {
    negative: bool,
    span: Duration,
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = format!("{:09}", self.span.subsec_nanos());
        let decimals = decimals.trim_end_matches('0');
        let (sign, dot) = (if self.negative { "-" } else { "" }, if decimals.is_empty() { "" } else { "." });
        write!(f, "{sign}{}{dot}{decimals}s", self.span.as_secs())
    }
}

impl CacheKey for Duration {
    fn visit<S: Sink>(&self, sink: &mut S) {
        sink.scalar(&self.as_nanos().to_le_bytes(), &Seconds { negative: false, span: *self });
    }
}

/// Prints the seconds since 1970, negative before.
impl CacheKey for SystemTime {
    fn visit<S: Sink>(&self, sink: &mut S) {
        let (negative, span) = match self.duration_since(UNIX_EPOCH) {
            Ok(span) => (false, span),
            Err(before) => (true, before.duration()),
        };
        let mut bytes = [0; 17];
        bytes[0] = u8::from(negative);
        bytes[1..].copy_from_slice(&span.as_nanos().to_le_bytes());
        sink.scalar(&bytes, &Seconds { negative, span });
    }
}

impl CacheKey for Ipv4Addr {
    fn visit<S: Sink>(&self, sink: &mut S) {
        sink.scalar(&self.octets(), self);
    }
}

impl CacheKey for Ipv6Addr {
    fn visit<S: Sink>(&self, sink: &mut S) {
        sink.scalar(&self.octets(), self);
    }
}

impl CacheKey for IpAddr {
    fn visit<S: Sink>(&self, sink: &mut S) {
        match self {
            Self::V4(address) => address.visit(sink),
            Self::V6(address) => address.visit(sink),
        }
    }
}

impl CacheKey for SocketAddrV4 {
    fn visit<S: Sink>(&self, sink: &mut S) {
        (self.ip(), self.port()).visit(sink);
    }
}

impl CacheKey for SocketAddrV6 {
    fn visit<S: Sink>(&self, sink: &mut S) {
        (self.ip(), self.port(), self.flowinfo(), self.scope_id()).visit(sink);
    }
}

impl CacheKey for SocketAddr {
    fn visit<S: Sink>(&self, sink: &mut S) {
        match self {
            Self::V4(address) => address.visit(sink),
            Self::V6(address) => address.visit(sink),
        }
    }
}
