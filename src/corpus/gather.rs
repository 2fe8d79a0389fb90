//! Opening a corpus: its inputs, and the references that they are compared with.

use std::path::PathBuf;

use rayon::prelude::*;

#[cfg(feature = "archives")]
use super::archives::Archive;
use super::discover::{self, Names, PassedOver};
use super::fields::FieldPath;
use super::formats::{ReadingRules, WantedFields};
use super::inputs::{Corpus, CorpusSide};
use super::naming::InputFile;
use super::open::{self, OpenedFile};
use super::options::OpenOptions;
use super::settle::{FieldChoices, settle_fields};
use super::source::Source;
use super::spool::Spools;
use crate::error::Result;

/// Files opened between two additions to the sources: enough for all threads, and little memory for them.
const FILES_AT_A_TIME: usize = 1 << 12;

/// What is open so far.
struct OpenedInputs {
    sources: Vec<Source>,
    #[cfg(feature = "archives")]
    archives: Vec<(Archive, usize)>,
    skipped: Vec<PathBuf>,
    passed_over: Vec<PassedOver>,
    earlier_outputs: Vec<PathBuf>,
}

impl OpenedInputs {
    /// Opens some files, behind those that are open already.
    fn side(
        &mut self,
        files: Vec<InputFile>,
        options: &OpenOptions,
        choices: &FieldChoices,
        more_fields: &[FieldPath],
        rules: &ReadingRules,
        spools: &Spools,
    ) -> Result<CorpusSide> {
        let first = self.sources.len();
        self.sources.reserve_exact(files.len());
        let mut files = files.into_iter();
        loop {
            let some: Vec<InputFile> = files.by_ref().take(FILES_AT_A_TIME).collect();
            if some.is_empty() {
                break;
            }
            let opened = some.into_par_iter().map(|file| open::open(file, options, spools));
            for opened in opened.collect::<Result<Vec<_>>>()? {
                self.add(opened);
            }
        }
        let sources = &mut self.sources[first..];
        let (fields, guesses) = settle_fields(sources, choices, rules)?;
        let wanted = WantedFields { fields: &fields, more: more_fields };
        sources.par_iter_mut().try_for_each(|source| source.make_view(wanted, rules, spools))?;
        Ok(CorpusSide { sources: first..self.sources.len(), fields, guesses })
    }

    fn add(&mut self, opened: OpenedFile) {
        match opened {
            OpenedFile::Source(source) => self.sources.push(source),
            #[cfg(feature = "archives")]
            OpenedFile::Archive(opened) => {
                let (archive, state) = (Some(self.archives.len()), opened.archive.state());
                self.archives.push((opened.archive, self.sources.len()));
                let members = opened.sources.into_iter();
                self.sources.extend(members.map(|source| Source { archive, state, ..source }));
                self.skipped.extend(opened.skipped);
            }
        }
    }
}

impl Corpus {
    /// Finds and opens the inputs: maps plain files, or copies them if there are very many; unpacks compressed ones to
    /// temporary files; settles which fields to use, and makes a view of those fields for every file that is not JSON
    /// Lines.
    ///
    /// # Errors
    /// [`Error::MissingInput`], [`Error::UnknownFormat`], [`Error::FormatNotBuilt`], [`Error::NoInput`],
    /// [`Error::NoField`] if the call is wrong; [`Error::Io`], [`Error::Damaged`], [`Error::Malformed`] and
    /// [`Error::Bomb`] if a file cannot be read.
    ///
    /// [`Error::MissingInput`]: crate::Error::MissingInput
    /// [`Error::UnknownFormat`]: crate::Error::UnknownFormat
    /// [`Error::FormatNotBuilt`]: crate::Error::FormatNotBuilt
    /// [`Error::NoInput`]: crate::Error::NoInput
    /// [`Error::NoField`]: crate::Error::NoField
    /// [`Error::Io`]: crate::Error::Io
    /// [`Error::Damaged`]: crate::Error::Damaged
    /// [`Error::Malformed`]: crate::Error::Malformed
    /// [`Error::Bomb`]: crate::Error::Bomb
    pub fn open(inputs: &[PathBuf], options: &OpenOptions) -> Result<Self> {
        let names = if options.format.is_some() { Names::Any } else { Names::Known };
        let output = options.output.as_deref();
        let found = discover::discover(inputs, names, output)?;
        let references = if options.against.is_empty() {
            None
        } else {
            let references = discover::discover(&options.against, names, output)?;
            discover::check_apart(&found.files, &references.files)?;
            Some(references)
        };
        let mut gathered = OpenedInputs {
            sources: Vec::new(),
            #[cfg(feature = "archives")]
            archives: Vec::new(),
            skipped: found.skipped,
            passed_over: found.passed_over,
            earlier_outputs: found.earlier_outputs,
        };
        let rules = ReadingRules {
            split: options.split.clone(),
            header: options.header,
            // A frame's length is 32 bits wide.
            max_record_bytes: options.max_record_bytes.min(u64::from(u32::MAX)),
            max_ratio: options.max_ratio,
        };
        let spools = Spools::new(&options.temp_dir);
        let (choices, more) = (options.field_choices(), &options.more_fields);
        let input = gathered.side(found.files, options, &choices, more, &rules, &spools)?;
        let reference = references.map(|found| {
            gathered.skipped.extend(found.skipped);
            gathered.passed_over.extend(found.passed_over);
            gathered.earlier_outputs.extend(found.earlier_outputs);
            gathered.side(found.files, options, &options.reference_field_choices(), &[], &rules, &spools)
        });
        let reference = reference.transpose()?;
        let OpenedInputs { sources, skipped, passed_over, earlier_outputs, .. } = gathered;
        Ok(Self {
            sources,
            #[cfg(feature = "archives")]
            archives: gathered.archives,
            input,
            reference,
            skipped,
            passed_over,
            earlier_outputs,
            rules,
        })
    }
}
