//! The README's first block.

use std::process::Command;

#[test]
fn it_prints_one_hit_and_the_new_name_after_the_rename() {
    let run = Command::new(env!("CARGO_BIN_EXE_quickstart")).output().expect("the binary runs");
    let printed = String::from_utf8(run.stdout).expect("the output is text");
    assert_eq!(printed, "Some(\"Nina\")\nSome(\"Nina\")\nSome(\"Nina Simone\")\nartist:42: 1 hits, 2 misses\n");
    assert_eq!(run.status.code(), Some(0));
}
