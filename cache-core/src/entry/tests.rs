use super::*;
use crate::clock::NEVER;
use crate::registry::Function;

#[test]
fn a_hot_entry_is_written_seldom_and_knows_about_how_hot_it_is() {
    let entry = Entry::of(
        0_u64,
        0,
        About { name: "hot", typed: None, function: Function::manual(), lifetime: Lifetime::plain(0, NEVER) },
    );
    let mut samples = 0;
    for count in 1..=300_000_u64 {
        let before = entry.hits();
        entry.visit(Some(count));
        let after = entry.hits();
        assert!(before >= EXACT_HITS || after == before + 1);
        samples += u64::from(before >= EXACT_HITS && after != before);
        let off = u64::from(after).abs_diff(count);
        assert!(off <= u64::from(SAMPLE).max(count / 8), "{after} for {count}");
    }
    // 16 up to a thousand hits, 8 to 16 each time that they double, and from 65,536 on one in 4,096.
    assert!((121..=169).contains(&samples), "{samples} times in 300,000 hits");
}
