//! A command line as a value, or as what is to be said instead of a run.

use clap::Parser;
use clap::error::ErrorKind;

/// What the command line came to instead of its flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The help or the version was asked for: the whole text.
    Shown(String),
    /// It is wrong: one line that says why.
    Wrong(String),
}

/// Reads the process's command line.
///
/// # Errors
///
/// When there is a text to show instead of a run.
pub fn read<A: Parser>() -> Result<A, Refusal> {
    A::try_parse().map_err(|error| {
        let text = error.render().to_string();
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Refusal::Shown(text),
            _ => Refusal::Wrong(reason(&text)),
        }
    })
}

/// clap's first paragraph on one line, without its `error: `.
fn reason(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or(text);
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    line.strip_prefix("error: ").unwrap_or(&line).to_owned()
}
