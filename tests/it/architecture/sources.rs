//! The source files as a graph: which file uses a name that another file defines.
//!
//! Paths are followed as the compiler follows them: modules to their files, `use` to what it names, and a `pub use` to
//! the file with the definition. Code under `#[cfg(test)]` is left out. Two things stay unseen, as they need types: a
//! method called on a value, and names that a macro makes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::visitor;

/// The name under which the binary knows the library.
const LIBRARY: &str = "twicetold";

/// From a file to a file, by the names that tie the first to the second.
pub(super) type Ties = BTreeMap<(String, String), BTreeSet<String>>;

/// All modules of the package, and the places of their types.
#[derive(Debug, Default)]
pub(super) struct Sources {
    modules: Vec<Module>,
    imports: Vec<Import>,
    library: Option<usize>,
    /// Files that are compiled outside of tests.
    pub(super) files: BTreeSet<String>,
    /// Files that only tests see.
    pub(super) test_files: BTreeSet<String>,
    /// The files that define a type of a name, one entry a definition.
    pub(super) types: BTreeMap<String, Vec<String>>,
}

/// A module, in a file of its own or inside of another one.
#[derive(Debug)]
struct Module {
    file: String,
    parent: Option<usize>,
    names: HashMap<String, Vec<Definition>>,
    globs: Vec<usize>,
    /// Every path in the code of this module, except those of `use`.
    mentions: BTreeSet<Vec<String>>,
    imports: Vec<usize>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Definition {
    Type,
    Value,
    Child(usize),
    Import(usize),
}

#[derive(Debug)]
struct Import {
    module: usize,
    path: Vec<String>,
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Module(usize),
    Type { module: usize, name: String },
    Value { module: usize, name: String },
}

impl Sources {
    /// Reads the crates `lib.rs` and `main.rs`, given the text of each file by its path below `src`.
    pub(super) fn parse(texts: &BTreeMap<String, String>) -> Self {
        let mut sources = Self::default();
        for root in ["lib.rs", "main.rs"] {
            if texts.contains_key(root) {
                let module = visitor::read_file(&mut sources, texts, root, None);
                if root == "lib.rs" {
                    sources.library = Some(module);
                }
            }
        }
        sources
    }

    pub(super) fn add_module(&mut self, file: &str, parent: Option<usize>) -> usize {
        self.files.insert(file.to_owned());
        self.modules.push(Module {
            file: file.to_owned(),
            parent,
            names: HashMap::new(),
            globs: Vec::new(),
            mentions: BTreeSet::new(),
            imports: Vec::new(),
        });
        self.modules.len() - 1
    }

    /// Whether a module of this name was declared in a module.
    pub(super) fn has_child(&self, module: usize, name: &str) -> bool {
        let named = self.modules[module].names.get(name).into_iter().flatten();
        named.into_iter().any(|definition| matches!(definition, Definition::Child(_)))
    }

    pub(super) fn define(&mut self, module: usize, name: String, definition: Definition) {
        if matches!(definition, Definition::Type) {
            self.types.entry(name.clone()).or_default().push(self.modules[module].file.clone());
        }
        self.modules[module].names.entry(name).or_default().push(definition);
    }

    /// `use path as name`, or `use path::*` without a name.
    pub(super) fn import(&mut self, module: usize, path: Vec<String>, name: Option<String>) {
        let import = self.imports.len();
        self.imports.push(Import { module, path });
        self.modules[module].imports.push(import);
        match name {
            Some(name) => self.define(module, name, Definition::Import(import)),
            None => self.modules[module].globs.push(import),
        }
    }

    pub(super) fn mention(&mut self, module: usize, path: Vec<String>) {
        self.modules[module].mentions.insert(path);
    }

    /// Which file uses which, outside of tests. A module that only passes names on ties nobody to itself.
    pub(super) fn ties(&self) -> Ties {
        let mut ties = Ties::new();
        for (number, module) in self.modules.iter().enumerate() {
            for path in self.paths(module) {
                for target in self.resolve(number, path, &mut Vec::new()) {
                    if let Target::Type { module: at, name } | Target::Value { module: at, name } = target {
                        let defining = &self.modules[at].file;
                        if *defining != module.file {
                            let tie = (module.file.clone(), defining.clone());
                            ties.entry(tie).or_default().insert(name);
                        }
                    }
                }
            }
        }
        ties
    }

    /// Paths into this package that lead nowhere: the resolver has missed something.
    pub(super) fn dead_ends(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (number, module) in self.modules.iter().enumerate() {
            let inward = |path: &&Vec<String>| {
                path.len() > 1 && matches!(path[0].as_str(), "crate" | "self" | "super" | LIBRARY)
            };
            for path in self.paths(module).filter(inward) {
                if self.resolve(number, path, &mut Vec::new()).is_empty() {
                    found.push(format!("src/{}: {}", module.file, path.join("::")));
                }
            }
        }
        found
    }

    /// Each file with the paths to other crates that it names, written out, and its macros: `println!`.
    pub(super) fn foreign_paths(&self) -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        for (number, module) in self.modules.iter().enumerate() {
            let is_foreign = |path: &&Vec<String>| path.len() > 1 || path[0].ends_with('!');
            for path in self.paths(module).filter(is_foreign) {
                if self.resolve(number, path, &mut Vec::new()).is_empty() {
                    found.insert((module.file.clone(), path.join("::")));
                }
            }
        }
        found
    }

    fn paths<'a>(&'a self, module: &'a Module) -> impl Iterator<Item = &'a Vec<String>> {
        let imported = module.imports.iter().map(|&import| &self.imports[import].path);
        imported.chain(&module.mentions)
    }

    /// Follows a path from within a module. `active` are the imports on the way, so that none is followed in a circle:
    /// in `use compare::compare` the first `compare` is the module.
    fn resolve(&self, from: usize, path: &[String], active: &mut Vec<usize>) -> BTreeSet<Target> {
        let Some((first, rest)) = path.split_first() else { return BTreeSet::new() };
        let start = match first.as_str() {
            "crate" => Some(self.root(from)),
            "self" => Some(from),
            "super" => self.modules[from].parent,
            LIBRARY if Some(self.root(from)) != self.library => self.library,
            _ => None,
        };
        let mut reached = match start {
            Some(module) => BTreeSet::from([Target::Module(module)]),
            None => self.lookup(from, first, active),
        };
        for segment in rest {
            let mut next = BTreeSet::new();
            for target in reached {
                match target {
                    Target::Module(module) if segment == "super" => {
                        next.extend(self.modules[module].parent.map(Target::Module));
                    }
                    Target::Module(module) if segment == "self" => {
                        next.insert(Target::Module(module));
                    }
                    Target::Module(module) => next.extend(self.lookup(module, segment, active)),
                    // A variant or an associated item.
                    Target::Type { .. } => {
                        next.insert(target);
                    }
                    Target::Value { .. } => {}
                }
            }
            reached = next;
        }
        reached
    }

    fn lookup(&self, module: usize, name: &str, active: &mut Vec<usize>) -> BTreeSet<Target> {
        let mut found = BTreeSet::new();
        for &definition in self.modules[module].names.get(name).into_iter().flatten() {
            match definition {
                Definition::Type => {
                    found.insert(Target::Type { module, name: name.to_owned() });
                }
                Definition::Value => {
                    found.insert(Target::Value { module, name: name.to_owned() });
                }
                Definition::Child(child) => {
                    found.insert(Target::Module(child));
                }
                Definition::Import(import) => found.extend(self.follow(import, active)),
            }
        }
        if found.is_empty() {
            for &glob in &self.modules[module].globs {
                for target in self.follow(glob, active) {
                    if let Target::Module(opened) = target {
                        active.push(glob);
                        found.extend(self.lookup(opened, name, active));
                        active.pop();
                    }
                }
            }
        }
        found
    }

    fn follow(&self, import: usize, active: &mut Vec<usize>) -> BTreeSet<Target> {
        if active.contains(&import) {
            return BTreeSet::new();
        }
        active.push(import);
        let Import { module, path } = &self.imports[import];
        let found = self.resolve(*module, path, active);
        active.pop();
        found
    }

    fn root(&self, mut module: usize) -> usize {
        while let Some(parent) = self.modules[module].parent {
            module = parent;
        }
        module
    }
}
