//! Tape archives. Heads are copied as they stand, so that every extension and every date in them survives; only the
//! size, and the checksum over the head, are written anew.
#![allow(
    clippy::cast_possible_truncation,
    reason = "a record is at most 4 GiB, which is checked where it is framed; a mapped file fits the address space"
)]

use std::io::{self, Cursor, Write};
use std::path::Path;

use super::archive::{Archive, ArchiveMember, Place, TarEntry, WriteMember, made, malformed};
use super::finder::Finder;
use super::names::MemberNames;
use crate::corpus::bytes::SharedBytes;
use crate::corpus::recognise::ArchiveKind;
use crate::error::{Error, Result};

/// Heads are of this size, and contents are filled up to a multiple of it.
const BLOCK: usize = 512;

pub(super) fn open(bytes: &SharedBytes, found: &mut Finder<'_>) -> Result<Vec<ArchiveMember>> {
    let failed = |error: io::Error| malformed(ArchiveKind::Tar, found.path, error);
    let path = found.path;
    let names = names(bytes).map_err(failed)?;
    let mut names = MemberNames::new(names.iter().map(String::as_str));
    let mut archive = tar::Archive::new(Cursor::new(&**bytes));
    let mut members = Vec::new();
    let mut end = 0;
    for entry in archive.entries_with_seek().map_err(failed)? {
        let entry = entry.map_err(|error| malformed(ArchiveKind::Tar, path, error))?;
        let (start, head) = (end, entry.raw_header_position() as usize);
        let data = entry.raw_file_position() as usize;
        // A sparse file's size is not that of what is stored.
        let is_sparse = entry.header().entry_type().is_gnu_sparse();
        let stored = if is_sparse { entry.header().entry_size().unwrap_or(0) } else { entry.size() };
        let data_end = usize::try_from(stored).ok().and_then(|size| data.checked_add(size));
        let Some(data_end) = data_end.filter(|&end| end <= bytes.len()) else {
            return Err(malformed(ArchiveKind::Tar, path, "a member is cut short"));
        };
        end = data_end.next_multiple_of(BLOCK).min(bytes.len());
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        // A size in the extensions would contradict the one in the head.
        let is_plain = entry.header().entry_type().is_file()
            && memchr::memmem::find(&bytes[start..head], b" size=").is_none();
        let mut another_name = None;
        let source = match entry.header().entry_type().is_file() && found.wants(&name) {
            true if is_plain => {
                another_name = names.another(&name);
                let name = another_name.as_ref().unwrap_or(&name);
                Some(found.add_inside(name, bytes, data..data_end)?)
            }
            true => {
                found.skip(&name);
                None
            }
            false => None,
        };
        members.push(ArchiveMember {
            place: Place::Tar(TarEntry { whole: start..end, head }),
            source,
            another_name,
        });
    }
    // Without its end mark, an archive that was cut short between two members would look whole.
    if bytes[end..].iter().take(BLOCK).filter(|&&byte| byte == 0).count() < BLOCK {
        return Err(malformed(ArchiveKind::Tar, path, "the mark at its end is missing"));
    }
    Ok(members)
}

/// The names of all members, in order.
fn names(bytes: &[u8]) -> io::Result<Vec<String>> {
    let mut archive = tar::Archive::new(Cursor::new(bytes));
    let name = |entry: tar::Entry<'_, _>| String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    archive.entries_with_seek()?.map(|entry| entry.map(name)).collect()
}

/// Puts a name into a head; a longer one than fits is preceded by an entry that holds it. What stood before the head
/// is left out, since it may give the old name.
fn rename(header: &mut tar::Header, name: &str, writer: &mut dyn Write) -> io::Result<()> {
    let field = &mut header.as_old_mut().name;
    field.fill(0);
    let short = &name.as_bytes()[..name.len().min(field.len())];
    field[..short.len()].copy_from_slice(short);
    let is_short = short.len() == name.len();
    if let Some(ustar) = header.as_ustar_mut() {
        ustar.prefix.fill(0);
    }
    if is_short {
        return Ok(());
    }
    let mut long = tar::Header::new_gnu();
    long.set_path("././@LongLink")?;
    long.set_entry_type(tar::EntryType::GNULongName);
    long.set_mode(0o644);
    let mut content = name.as_bytes().to_vec();
    content.push(0);
    long.set_size(content.len() as u64);
    long.set_cksum();
    content.resize(content.len().next_multiple_of(BLOCK), 0);
    writer.write_all(long.as_bytes())?;
    writer.write_all(&content)
}

pub(super) fn rewrite(
    archive: &Archive,
    member: &mut WriteMember<'_>,
    writer: &mut dyn Write,
    path: &Path,
) -> Result<u64> {
    let failed = |error| Error::io(path, "write it")(error);
    let bytes: &[u8] = &archive.bytes;
    let (mut kept, mut end) = (0, 0);
    for ArchiveMember { place, source, another_name } in &archive.members {
        let Place::Tar(TarEntry { whole, head }) = place else { continue };
        end = whole.end;
        let Some(source) = *source else {
            writer.write_all(&bytes[whole.clone()]).map_err(failed)?;
            continue;
        };
        let Some((mut content, length, records)) = made(archive, source, member)? else { continue };
        kept += records;
        let mut header = tar::Header::from_byte_slice(&bytes[*head..*head + BLOCK]).clone();
        header.set_size(length);
        match another_name {
            None => writer.write_all(&bytes[whole.start..*head]),
            Some(name) => rename(&mut header, name, writer),
        }
        .map_err(failed)?;
        header.set_cksum();
        writer.write_all(header.as_bytes()).map_err(failed)?;
        io::copy(&mut content, writer).map_err(failed)?;
        let filling = length.next_multiple_of(BLOCK as u64) - length;
        writer.write_all(&[0; BLOCK][..filling as usize]).map_err(failed)?;
    }
    writer.write_all(&bytes[end..]).map_err(failed)?;
    Ok(kept)
}
