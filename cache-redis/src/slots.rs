//! The slots of a cluster, and which node has them.

use redis::{RedisError, RedisResult, Value, from_redis_value};

/// How many slots every cluster has.
const SLOTS: u16 = 16_384;

/// Where a node is reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Node {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Node {
    /// Of `host:port`; a host that is left out is that of who says it.
    pub(crate) fn parse(text: &str, said_by: &Node) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let host = if matches!(host, "" | "?") { &said_by.host } else { host };
        Some(Self { host: host.to_owned(), port: port.parse().ok()? })
    }
}

/// The slot of a key: the checksum of what stands between its first braces, or of all of it.
pub(crate) fn slot(key: &[u8]) -> u16 {
    let hashed = key.iter().position(|byte| *byte == b'{').and_then(|open| {
        let rest = &key[open + 1..];
        let close = rest.iter().position(|byte| *byte == b'}')?;
        (close > 0).then(|| &rest[..close])
    });
    checksum(hashed.unwrap_or(key)) % SLOTS
}

/// CRC-16/XMODEM, as the servers compute it.
fn checksum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0_u16, |sum, byte| {
        (0..8).fold(sum ^ u16::from(*byte) << 8, |sum, _| if sum & 0x8000 == 0 { sum << 1 } else { sum << 1 ^ 0x1021 })
    })
}

/// Who has which slots.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    owners: Vec<Option<u16>>,
    nodes: Vec<Node>,
}

impl Table {
    /// Of the answer to `CLUSTER SLOTS`.
    pub(crate) fn read(answer: Value, said_by: &Node) -> RedisResult<Self> {
        let unreadable = || RedisError::from((redis::ErrorKind::UnexpectedReturnType, "no table of slots"));
        let mut table = Self::default();
        for range in from_redis_value::<Vec<Vec<Value>>>(answer)? {
            let [first, last, master, ..] = range.as_slice() else { return Err(unreadable()) };
            let (Value::Int(first), Value::Int(last), Value::Array(master)) = (first, last, master) else {
                return Err(unreadable());
            };
            let [host, Value::Int(port), ..] = master.as_slice() else { return Err(unreadable()) };
            let host: Option<String> = from_redis_value(host.clone())?;
            let host = host.filter(|host| !matches!(host.as_str(), "" | "?")).unwrap_or_else(|| said_by.host.clone());
            let node = Node { host, port: u16::try_from(*port).map_err(|_| unreadable())? };
            let bound = i64::from(SLOTS);
            if !(0..bound).contains(first) || !(0..bound).contains(last) {
                return Err(unreadable());
            }
            for slot in *first..=*last {
                table.assign(slot as u16, &node);
            }
        }
        Ok(table)
    }

    pub(crate) fn assign(&mut self, slot: u16, node: &Node) {
        let at = self.nodes.iter().position(|known| known == node).unwrap_or_else(|| {
            self.nodes.push(node.clone());
            self.nodes.len() - 1
        });
        self.owners.resize(SLOTS.into(), None);
        self.owners[usize::from(slot)] = u16::try_from(at).ok();
    }

    pub(crate) fn owner(&self, slot: u16) -> Option<&Node> {
        let at = (*self.owners.get(usize::from(slot))?)?;
        self.nodes.get(usize::from(at))
    }

    /// Every node that has a slot.
    pub(crate) fn masters(&self) -> &[Node] {
        &self.nodes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_servers() {
        assert_eq!(checksum(b"123456789"), 0x31C3);
        assert_eq!((slot(b"foo"), slot(b"bar"), slot(b"")), (12_182, 5_061, 0));
        assert_eq!(slot(b"cache{foo}:x"), slot(b"foo"));
        assert_eq!(slot(b"a{}b{foo}"), checksum(b"a{}b{foo}") % SLOTS);
        assert_eq!(slot(b"a{foo"), checksum(b"a{foo") % SLOTS);
        assert_eq!(slot(b"{{foo}}"), slot(b"{foo"));
    }

    fn node(host: &str, port: u16) -> Node {
        Node { host: host.to_owned(), port }
    }

    #[test]
    fn a_table_says_who_has_a_slot_and_is_amended() {
        let range = |first, last, host: Value, port| {
            Value::Array(vec![Value::Int(first), Value::Int(last), Value::Array(vec![host, Value::Int(port)])])
        };
        let text = |text: &str| Value::BulkString(text.into());
        let asked = node("10.0.0.1", 1);
        let answer =
            Value::Array(vec![range(0, 5, text("a"), 7), range(7, 9, text(""), 8), range(11, 11, Value::Nil, 9)]);
        let mut table = Table::read(answer, &asked).unwrap();
        assert_eq!(table.owner(5), Some(&node("a", 7)));
        assert_eq!(table.owner(6), None);
        assert_eq!(table.owner(9), Some(&node("10.0.0.1", 8)));
        assert_eq!(table.owner(11), Some(&node("10.0.0.1", 9)));
        assert_eq!(table.owner(SLOTS - 1), None);
        assert_eq!(Table::default().owner(0), None);
        table.assign(6, &node("b", 1));
        table.assign(5, &node("a", 7));
        assert_eq!(table.owner(6), Some(&node("b", 1)));
        assert_eq!(table.masters().len(), 4);
        for bad in
            [Value::Nil, Value::Array(vec![range(0, 16_384, text("a"), 1)]), Value::Array(vec![Value::Array(vec![])])]
        {
            assert!(Table::read(bad.clone(), &asked).is_err() || bad == Value::Nil, "{bad:?}");
        }
    }

    #[test]
    fn nodes_are_read_as_redirections_write_them() {
        let said_by = node("h", 1);
        assert_eq!(Node::parse("127.0.0.1:7001", &said_by), Some(node("127.0.0.1", 7001)));
        assert_eq!(Node::parse("::1:7001", &said_by), Some(node("::1", 7001)));
        assert_eq!(Node::parse(":7001", &said_by), Some(node("h", 7001)));
        assert_eq!(Node::parse("?:7001", &said_by), Some(node("h", 7001)));
        assert_eq!(Node::parse("a", &said_by), None);
        assert_eq!(Node::parse("a:b", &said_by), None);
    }
}
