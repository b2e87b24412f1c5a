//! Results, as a table for people or JSON lines for programs.

use comfy_table::{Table, presets};
use serde::{Deserialize, Serialize};

use crate::rounds::Measured;

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    bench: String,
    case: String,
    subject: String,
    value: f64,
    unit: String,
    rounds: usize,
    min: f64,
    max: f64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Ratio {
    ratio: String,
    of: String,
    to: String,
    value: f64,
    target: String,
    holds: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Any {
    Line(Line),
    Ratio(Ratio),
}

/// On which side of its bound a ratio has to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
}

#[derive(Debug, Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
    ratios: Vec<Ratio>,
}

/// The figures of one subject among many.
pub(crate) fn find<'a>(measured: &'a [Measured], subject: &str) -> Option<&'a Measured> {
    measured.iter().find(|one| one.subject == subject)
}

impl Report {
    pub(crate) fn add(&mut self, bench: &str, case: &str, unit: &str, measured: &[Measured]) {
        self.lines.extend(measured.iter().map(|one| Line {
            bench: bench.to_owned(),
            case: case.to_owned(),
            subject: one.subject.clone(),
            value: one.median(),
            unit: unit.to_owned(),
            rounds: one.samples.len(),
            min: one.min(),
            max: one.max(),
        }));
    }

    /// The median over the rounds of `of`'s figure by `to`'s.
    pub(crate) fn ratio(&mut self, case: &str, measured: &[Measured], of: &str, to: &str, target: Target) {
        let (Some(a), Some(b)) = (find(measured, of), find(measured, to)) else { return };
        self.holds(case, of, to, a.with(b, |a, b| a / b).median(), target);
    }

    /// A figure that has a target.
    pub(crate) fn holds(&mut self, ratio: &str, of: &str, to: &str, value: f64, target: Target) {
        let (target, holds) = match target {
            Target::AtMost(bound) => (format!("<= {bound}"), value <= bound),
            Target::AtLeast(bound) => (format!(">= {bound}"), value >= bound),
        };
        let (ratio, of, to) = (ratio.to_owned(), of.to_owned(), to.to_owned());
        self.ratios.push(Ratio { ratio, of, to, value, target, holds });
    }

    /// Takes in what another process printed as JSON lines.
    pub(crate) fn read(&mut self, line: &str) -> Result<(), serde_json::Error> {
        match serde_json::from_str(line)? {
            Any::Line(line) => self.lines.push(line),
            Any::Ratio(ratio) => self.ratios.push(ratio),
        }
        Ok(())
    }

    pub(crate) fn print(&self, json: bool) {
        if json { self.print_json() } else { self.print_table() }
    }

    fn print_json(&self) {
        let lines = self.lines.iter().map(serde_json::to_string);
        for line in lines.chain(self.ratios.iter().map(serde_json::to_string)) {
            // Strings and numbers: nothing in them fails to serialise.
            println!("{}", line.unwrap_or_default());
        }
    }

    fn print_table(&self) {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED);
        table.set_header(["bench", "case", "subject", "median", "unit", "min", "max", "rounds"]);
        for line in &self.lines {
            table.add_row([
                line.bench.clone(),
                line.case.clone(),
                line.subject.clone(),
                shown(line.value),
                line.unit.clone(),
                shown(line.min),
                shown(line.max),
                line.rounds.to_string(),
            ]);
        }
        println!("{table}");
        if self.ratios.is_empty() {
            return;
        }
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED);
        table.set_header(["case", "of", "to", "value", "target", "holds"]);
        for ratio in &self.ratios {
            table.add_row([
                ratio.ratio.clone(),
                ratio.of.clone(),
                ratio.to.clone(),
                shown(ratio.value),
                ratio.target.clone(),
                ratio.holds.to_string(),
            ]);
        }
        println!("{table}");
    }
}

/// Four digits, or as many as stand before the point.
fn shown(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}
