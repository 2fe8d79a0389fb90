//! From the syntax of a file to the names that it defines, imports and mentions.

use std::collections::BTreeMap;

use syn::buffer::{Cursor, TokenBuffer};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, Meta, Token, UseTree};

use super::sources::{Definition, Sources};

/// Reads the file of a module and those of the modules in it. Returns the number of the module.
pub(super) fn read_file(
    sources: &mut Sources,
    texts: &BTreeMap<String, String>,
    file: &str,
    parent: Option<usize>,
) -> usize {
    let syntax = syn::parse_file(&texts[file]).unwrap_or_else(|error| panic!("src/{file}: {error}"));
    let module = sources.add_module(file, parent);
    Visitor { sources, texts, module, file, directory: directory_of(file) }.visit_file(&syntax);
    module
}

/// Where the modules lie that a file declares: `""`, or a path that ends in a slash.
fn directory_of(file: &str) -> String {
    let (directory, name) = file.rsplit_once('/').map_or(("", file), |(directory, name)| (directory, name));
    let above = if directory.is_empty() { String::new() } else { format!("{directory}/") };
    match name {
        "lib.rs" | "main.rs" | "mod.rs" => above,
        name => format!("{above}{}/", name.trim_end_matches(".rs")),
    }
}

struct Visitor<'a> {
    sources: &'a mut Sources,
    texts: &'a BTreeMap<String, String>,
    module: usize,
    file: &'a str,
    directory: String,
}

impl Visitor<'_> {
    fn define(&mut self, name: &syn::Ident, definition: Definition) {
        self.sources.define(self.module, name.to_string(), definition);
    }

    fn import(&mut self, tree: &UseTree, before: &mut Vec<String>) {
        let above = before.len();
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.import(&path.tree, before);
            }
            UseTree::Name(name) => {
                if name.ident != "self" {
                    before.push(name.ident.to_string());
                }
                self.sources.import(self.module, before.clone(), before.last().cloned());
            }
            UseTree::Rename(rename) => {
                if rename.ident != "self" {
                    before.push(rename.ident.to_string());
                }
                self.sources.import(self.module, before.clone(), Some(rename.rename.to_string()));
            }
            UseTree::Glob(_) => self.sources.import(self.module, before.clone(), None),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before)),
        }
        before.truncate(above);
    }

    /// Mentions each path in tokens that are not parsed: those of macros and attributes.
    fn scan(&mut self, mut at: Cursor) {
        let mut path = Vec::<String>::new();
        let mut colons = 0;
        while !at.eof() {
            if let Some((name, next)) = at.ident() {
                if colons != 2 {
                    self.end_of_path(&mut path);
                }
                path.push(name.to_string());
                colons = 0;
                at = next;
                continue;
            }
            if let Some((mark, next)) = at.punct() {
                at = next;
                match mark.as_char() {
                    ':' if !path.is_empty() => colons += 1,
                    '!' if path.len() == 1 => path[0].push('!'),
                    _ => self.end_of_path(&mut path),
                }
                continue;
            }
            self.end_of_path(&mut path);
            colons = 0;
            if let Some((inside, _, _, next)) = at.any_group() {
                self.scan(inside);
                at = next;
            } else if let Some((literal, next)) = at.literal() {
                self.scan_literal(&literal.to_string());
                at = next;
            } else if let Some((_, next)) = at.lifetime() {
                at = next;
            }
        }
        self.end_of_path(&mut path);
    }

    fn end_of_path(&mut self, path: &mut Vec<String>) {
        if !path.is_empty() {
            self.sources.mention(self.module, std::mem::take(path));
        }
    }

    /// Attributes name functions in strings: `#[serde(with = "crate::date")]`.
    fn scan_literal(&mut self, literal: &str) {
        let text = literal.trim_matches('"');
        let is_ours = ["crate::", "super::", "self::"].iter().any(|start| text.starts_with(start));
        if is_ours && let Ok(path) = syn::parse_str(text) {
            self.visit_path(&path);
        }
    }

    /// Notes the file of a module for tests, and those of the modules in it.
    fn note_test_file(&mut self, file: &str) {
        self.sources.test_files.insert(file.to_owned());
        let below = directory_of(file);
        let inside = self.texts.keys().filter(|other| !below.is_empty() && other.starts_with(&below));
        self.sources.test_files.extend(inside.cloned());
    }

    fn file_of(&self, name: &str) -> Option<String> {
        let beside = format!("{}{name}.rs", self.directory);
        let inside = format!("{}{name}/mod.rs", self.directory);
        [beside, inside].into_iter().find(|file| self.texts.contains_key(file))
    }
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_for_tests(attributes(item)) {
            if let Item::Mod(module) = item
                && module.content.is_none()
                && let Some(file) = self.file_of(&module.ident.to_string())
            {
                self.note_test_file(&file);
            }
            return;
        }
        match item {
            Item::Enum(item) => self.define(&item.ident, Definition::Type),
            Item::Struct(item) => self.define(&item.ident, Definition::Type),
            Item::Trait(item) => self.define(&item.ident, Definition::Type),
            Item::TraitAlias(item) => self.define(&item.ident, Definition::Type),
            Item::Type(item) => self.define(&item.ident, Definition::Type),
            Item::Union(item) => self.define(&item.ident, Definition::Type),
            Item::Const(item) => self.define(&item.ident, Definition::Value),
            Item::Static(item) => self.define(&item.ident, Definition::Value),
            Item::Fn(item) => self.define(&item.sig.ident, Definition::Value),
            Item::Macro(item) => {
                if let Some(name) = &item.ident {
                    self.define(name, Definition::Value);
                }
            }
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = item.ident.to_string();
        // The same file under one condition and under its opposite.
        if item.content.is_none() && self.sources.has_child(self.module, &name) {
            return;
        }
        let child = if let Some((_, items)) = &item.content {
            let child = self.sources.add_module(self.file, Some(self.module));
            let directory = format!("{}{name}/", self.directory);
            let (sources, texts, file) = (&mut *self.sources, self.texts, self.file);
            let mut inside = Visitor { sources, texts, module: child, file, directory };
            for item in items {
                inside.visit_item(item);
            }
            child
        } else {
            let file = self.file_of(&name).unwrap_or_else(|| panic!("src/{}: no file for {name}", self.file));
            read_file(self.sources, self.texts, &file, Some(self.module))
        };
        self.define(&item.ident, Definition::Child(child));
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, &mut Vec::new());
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attributes = match item {
            syn::ImplItem::Const(item) => &item.attrs,
            syn::ImplItem::Fn(item) => &item.attrs,
            syn::ImplItem::Type(item) => &item.attrs,
            syn::ImplItem::Macro(item) => &item.attrs,
            _ => return,
        };
        if !is_for_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if !is_for_tests(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let names = path.segments.iter().map(|segment| segment.ident.to_string());
            self.sources.mention(self.module, names.collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(name) = call.path.get_ident() {
            self.sources.mention(self.module, vec![format!("{name}!")]);
        }
        self.visit_path(&call.path);
        self.scan(TokenBuffer::new2(call.tokens.clone()).begin());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if !attribute.path().is_ident("doc") {
            match &attribute.meta {
                Meta::Path(_) => {}
                Meta::List(list) => self.scan(TokenBuffer::new2(list.tokens.clone()).begin()),
                Meta::NameValue(pair) => self.visit_expr(&pair.value),
            }
        }
    }

    /// `pub(in crate::engine)` uses nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether there is a `#[cfg(test)]`, or one of `all(test, ...)`, or of `any(test, fuzzing)`.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args().is_ok_and(|condition| asks_for_tests(&condition))
    })
}

fn asks_for_tests(condition: &Meta) -> bool {
    match condition {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => list
            .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
            .is_ok_and(|parts| parts.iter().any(asks_for_tests)),
        // Laws are for tests and for fuzz targets.
        Meta::List(list) if list.path.is_ident("any") => {
            list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).is_ok_and(|parts| {
                parts.iter().all(|part| asks_for_tests(part) || part.path().is_ident("fuzzing"))
            })
        }
        _ => false,
    }
}
