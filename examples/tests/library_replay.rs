//! A recorded trace, played on the repository.

mod process;

use std::path::Path;

use process::library;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::Value;

/// The trace's bytes, packed.
fn trace(keys: impl IntoIterator<Item = u32>) -> Vec<u8> {
    let bytes: Vec<u8> = keys.into_iter().flat_map(u32::to_le_bytes).collect();
    compress_to_vec(&bytes[..], CompressionLevel::Fastest)
}

fn replay(file: &Path) -> std::process::Output {
    library(&["--json", "--replay", file.to_str().expect("the path is text")])
}

#[test]
fn a_trace_is_played_to_its_end_and_its_repetitions_are_hits() {
    let scratch = tempfile::tempdir().expect("a directory is made");
    let file = scratch.path().join("some.u32.zst");
    // A hundred artists, the last ones by keys beyond the thousand that there are.
    std::fs::write(&file, trace((0..5_000).map(|at| 950 + at % 100))).expect("it is written");
    let run = replay(&file);
    let text = String::from_utf8(run.stdout).expect("the output is text");
    assert_eq!(run.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&run.stderr));
    let came: Value = serde_json::from_str(&text).expect("one line of JSON");
    assert_eq!((came["requests"].as_u64(), came["loads"].as_u64()), (Some(5_000), Some(100)), "{came}");
    let misses = (1.0 - came["hit_rate"].as_f64().expect("a number")) * 5_000.0;
    assert!((100.0..=800.0).contains(&misses.round()), "a miss that waits for another's load is one too: {came}");
    assert!(came["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{came}");
}

#[test]
fn a_file_that_is_no_trace_is_one_line_and_exit_code_2() {
    let scratch = tempfile::tempdir().expect("a directory is made");
    let whole = trace(0..10_000);
    let files = [
        ("missing", None),
        ("empty", Some(Vec::new())),
        ("text", Some(b"no trace at all".to_vec())),
        ("cut", Some(whole[..whole.len() / 2].to_vec())),
        ("odd", Some(compress_to_vec(&b"12345"[..], CompressionLevel::Fastest))),
    ];
    for (name, content) in files {
        let file = scratch.path().join(name);
        if let Some(content) = content {
            std::fs::write(&file, content).expect("it is written");
        }
        let run = replay(&file);
        let complaint = String::from_utf8_lossy(&run.stderr);
        assert_eq!((run.status.code(), run.stdout.len()), (Some(2), 0), "{name}: {complaint}");
        assert_eq!(complaint.lines().count(), 1, "{name}: {complaint}");
        assert!(complaint.contains("cannot replay"), "{name}: {complaint}");
    }
}
