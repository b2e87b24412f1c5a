//! The examples of one file print what they are about.

use std::process::Command;

fn printed(binary: &str) -> String {
    let run = Command::new(binary).output().expect("the binary runs");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).expect("the output is text")
}

#[test]
fn overrides_are_as_in_the_file_and_as_called() {
    assert_eq!(
        printed(env!("CARGO_BIN_EXE_ttl_overrides")),
        "as in the code: 300s\nas in the file: 3600s\nas called: 10s\nas in the code again: 300s\nno decorated function is \
         called `get_artits`: did you mean `get_artist`?\n"
    );
}

#[test]
fn a_report_recommends_room_and_the_room_helps() {
    let printed = printed(env!("CARGO_BIN_EXE_health"));
    assert!(printed.starts_with("not healthy\n"), "{printed}");
    for part in ["twice the room (`max_entries`, 200 now)", "`search`: none of 200 calls was a hit"] {
        assert!(printed.contains(part), "{printed}");
    }
    let hits = printed.rsplit("with 400 entries ").next().and_then(|rest| rest.split(' ').next());
    assert!(hits.and_then(|hits| hits.parse::<u32>().ok()).is_some_and(|hits| hits > 3_500), "{printed}");
}

#[test]
fn all_views_are_written_in_the_end() {
    assert_eq!(
        printed(env!("CARGO_BIN_EXE_counters")),
        "sunset: (written, on the way) = (40, 10)\ncat: (written, on the way) = (160, 40)\nsunset after the close: (50, \
         0)\ncat after the close: (200, 0)\n"
    );
}
