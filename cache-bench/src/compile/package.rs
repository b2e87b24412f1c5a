//! The packages that are compiled.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::workspace_root;

/// What is on each function of a package.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// There is no function.
    Empty,
    Plain,
    /// What any attribute with our companions has to write, over a runtime that does little.
    Sketch,
    Ours,
    Cached,
}

/// What the functions return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Returns {
    /// All of them the same.
    Alike,
    /// Each a type of its own.
    Apart,
}

/// A file's name, and what is in it.
type File = (&'static str, &'static str);

/// The sketch's own packages: the attribute, and what it calls. Each has a name, what its manifest says of it, and its files.
const SKETCH_PACKAGES: [(&str, &str, &[File]); 2] = [
    (
        "sketch-attribute",
        "[lib]\nproc-macro = true\n\n[dependencies]\nquote = \"1\"\nsyn = { version = \"3\", features = [\"full\"] }\n",
        &[("lib", include_str!("sketch/attribute.rs"))],
    ),
    (
        "sketch-runtime",
        "[dependencies]\ninventory = \"0.3\"\n",
        &[("lib", include_str!("sketch/runtime.rs")), ("able", include_str!("sketch/able.rs"))],
    ),
];

const HEAD: &str = "
pub struct Db;
#[derive(Clone, Debug)]
pub struct Error;
impl Db {
    fn name(&self, id: u64, name: &str) -> Result<String, Error> {
        if id == 0 { Err(Error) } else { Ok(name.to_owned()) }
    }
}
";

impl Kind {
    pub(super) fn package(self) -> &'static str {
        match self {
            Self::Empty => "compiled-empty",
            Self::Plain => "compiled-plain",
            Self::Sketch => "compiled-sketch",
            Self::Ours => "compiled-ours",
            Self::Cached => "compiled-cached",
        }
    }

    pub(super) fn source(self, workspace: &Path) -> PathBuf {
        workspace.join(self.package()).join("src/lib.rs")
    }

    fn attribute(self) -> &'static str {
        match self {
            Self::Empty | Self::Plain => "",
            Self::Sketch => "#[sketch_attribute::cached(ttl = 300)]\n",
            Self::Ours => "#[cache_core::cached(ttl = 300)]\n",
            Self::Cached => {
                "#[cached::macros::cached(max_size = 10_000, ttl_secs = 300, key = \"(u64, String)\", convert = \"{ (id, name.to_owned()) }\")]\n"
            }
        }
    }

    /// The functions, and one that uses them all: what nobody calls is not compiled to the end.
    fn code(self, functions: usize, returns: Returns) -> String {
        let functions = if matches!(self, Self::Empty) { 0 } else { functions };
        let mut code = HEAD.to_owned();
        let mut calls = String::new();
        for index in 0..functions {
            // Writing to a string does not fail.
            let (value, answer) = match returns {
                Returns::Alike => ("String".to_owned(), String::new()),
                Returns::Apart => (format!("V{index}"), format!(".map(V{index})")),
            };
            if returns == Returns::Apart {
                let _ = write!(code, "\n#[derive(Clone)]\npub struct {value}(pub String);\n");
            }
            let _ = write!(
                code,
                "\n{}pub async fn f_{index}(db: &Db, id: u64, name: &str) -> Result<{value}, Error> {{\n    \
                 db.name(id + {index}, name){answer}\n}}\n",
                self.attribute()
            );
            let call = format!("Box::pin(f_{index}(db, id, name))");
            let _ = match returns {
                Returns::Alike => writeln!(calls, "    each({call});"),
                Returns::Apart => writeln!(calls, "    std::hint::black_box({call} as {});", future(&value, "'_")),
            };
        }
        let future = future("String", "'a");
        let _ = write!(
            code,
            "\npub fn all<'a>(db: &'a Db, id: u64, name: &'a str, each: &mut dyn FnMut({future})) {{\n    \
             let _ = (db, id, name, &each);\n{calls}}}\n"
        );
        code
    }
}

/// One that is `Send`, whatever makes it.
fn future(value: &str, lifetime: &str) -> String {
    format!("std::pin::Pin<Box<dyn Future<Output = Result<{value}, Error>> + Send + {lifetime}>>")
}

/// A workspace of one package per kind, on the versions that this program was built with.
pub(super) fn write_workspace(directory: &Path, kinds: &[Kind], functions: usize, returns: Returns) -> io::Result<()> {
    let core = workspace_root().join("cache-core");
    let packages = kinds.iter().map(|kind| kind.package()).chain(SKETCH_PACKAGES.map(|(name, ..)| name));
    let members: Vec<_> = packages.map(|name| format!("{name:?}")).collect();
    fs::write(
        directory.join("Cargo.toml"),
        format!("[workspace]\nresolver = \"3\"\nmembers = [{}]\n", members.join(", ")),
    )?;
    fs::copy(workspace_root().join("Cargo.lock"), directory.join("Cargo.lock"))?;
    for kind in kinds {
        let source = kind.source(directory);
        if let Some(folder) = source.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&source, kind.code(functions, returns))?;
        let dependencies = format!(
            "[dependencies]\ncache-core = {{ path = {core:?} }}\ncached = {{ version = \"4.1\", features = [\"async\"] }}\n\
             sketch-attribute = {{ path = \"../sketch-attribute\" }}\nsketch-runtime = {{ path = \"../sketch-runtime\" }}\n"
        );
        fs::write(directory.join(kind.package()).join("Cargo.toml"), manifest(kind.package(), &dependencies))?;
    }
    for (name, dependencies, files) in SKETCH_PACKAGES {
        let folder = directory.join(name);
        fs::create_dir_all(folder.join("src"))?;
        for (file, code) in files {
            fs::write(folder.join("src").join(file).with_extension("rs"), code)?;
        }
        fs::write(folder.join("Cargo.toml"), manifest(name, dependencies))?;
    }
    Ok(())
}

fn manifest(name: &str, more: &str) -> String {
    format!("[package]\nname = {name:?}\nversion = \"0.1.0\"\nedition = \"2024\"\n\n{more}")
}
