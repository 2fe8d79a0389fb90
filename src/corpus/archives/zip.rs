//! Zip archives.

use std::io::{self, Cursor, Read, Seek, Write};
use std::path::Path;

use zip::ZipWriter;
use zip::result::ZipError;

use super::archive::{Archive, ArchiveMember, Place, WriteMember, made, malformed};
use super::finder::Finder;
use super::names::MemberNames;
use super::zip_directory::ZipMembers;
use crate::corpus::bytes::SharedBytes;
use crate::corpus::recognise::{ArchiveKind, HEAD_BYTES, compression};
use crate::error::{Error, Result};

pub(super) fn open(bytes: &SharedBytes, found: &mut Finder<'_>) -> Result<Vec<ArchiveMember>> {
    let path = found.path;
    let failed = |error: ZipError| malformed(ArchiveKind::Zip, path, error);
    let ZipMembers { mut archive, names } = ZipMembers::open(bytes).map_err(failed)?;
    let names: Vec<_> = names.iter().map(|name| String::from_utf8_lossy(name)).collect();
    let mut member_names = MemberNames::new(names.iter().map(|name| &**name));
    let mut members = Vec::with_capacity(archive.len());
    for (number, name) in names.iter().enumerate() {
        let (is_file, packed) = {
            let entry = archive.by_index_raw(number).map_err(failed)?;
            // A directory is one by its name, which the reader may not have.
            let is_file = entry.is_file() && !name.ends_with('/');
            (is_file && !entry.encrypted(), entry.compressed_size())
        };
        let another_name = member_names.another(name);
        let mut source = None;
        if is_file && found.wants(name) {
            // Read in full even where it is only stored, since that checks it against its sum.
            let entry = archive.by_index(number).map_err(failed)?;
            let name = another_name.as_deref().unwrap_or(name);
            source = Some(found.add_zipped(name, entry, packed)?);
        } else if !is_file && !name.ends_with('/') {
            found.skip(name);
        }
        members.push(ArchiveMember { place: Place::Zip(number), source, another_name });
    }
    Ok(members)
}

impl Finder<'_> {
    /// Adds a member of a zip archive, which may be compressed once more.
    fn add_zipped(&mut self, name: &str, mut entry: impl Read, packed: u64) -> Result<usize> {
        let mut head = Vec::new();
        let damaged = |source| Error::Damaged { path: self.path.to_path_buf(), source };
        entry.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map_err(damaged)?;
        let compression = compression(name, &head);
        let input = Cursor::new(head).chain(entry);
        self.add_packed(name, compression, input, packed)
    }
}

pub(super) fn rewrite(
    archive: &Archive,
    member: &mut WriteMember<'_>,
    writer: &mut dyn Write,
    path: &Path,
) -> Result<u64> {
    let failed = |error: ZipError| archive.malformed(error);
    let io_failed = |error| Error::io(path, "write it")(error);
    let temporary = |error| Error::io(&archive.temp_dir, "write a temporary file")(error);
    let ZipMembers { archive: mut reader, names } = ZipMembers::open(&archive.bytes).map_err(failed)?;
    // The directory at the end of an archive needs to know places, which a stream does not have.
    let mut output = ZipWriter::new(tempfile::tempfile_in(&archive.temp_dir).map_err(temporary)?);
    output.set_raw_comment(reader.comment().into()).map_err(failed)?;
    let mut kept = 0;
    for ArchiveMember { place, source, another_name } in &archive.members {
        let Place::Zip(number) = *place else { continue };
        let entry = reader.by_index_raw(number).map_err(failed)?;
        let Some(source) = *source else {
            match another_name {
                None => output.raw_copy_file(entry),
                // A second entry of a directory holds nothing.
                Some(_) if names[number].ends_with(b"/") => continue,
                Some(name) => output.raw_copy_file_rename(entry, name),
            }
            .map_err(failed)?;
            continue;
        };
        let options = entry.options();
        let name = String::from_utf8_lossy(&names[number]).into_owned();
        let name = another_name.clone().unwrap_or(name);
        drop(entry);
        let Some((mut content, length, records)) = made(archive, source, member)? else { continue };
        kept += records;
        let options = options.large_file(length >= u64::from(u32::MAX));
        output.start_file(name, options).map_err(failed)?;
        io::copy(&mut content, &mut output).map_err(temporary)?;
    }
    let mut file = output.finish().map_err(failed)?;
    file.rewind().map_err(temporary)?;
    io::copy(&mut file, writer).map_err(io_failed)?;
    Ok(kept)
}
