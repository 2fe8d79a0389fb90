//! Tape archives. Heads are copied as they stand, so that every extension and every date in them survives; only the
//! size, and the checksum over the head, are written anew.

use std::io::{self, Cursor, Write};
use std::path::Path;

use super::archive::{Archive, ArchiveMember, Place, TarEntry, WriteMember, made, malformed};
use super::finder::Finder;
use crate::corpus::bytes::SharedBytes;
use crate::corpus::recognise::ArchiveKind;
use crate::error::{Error, Result};

/// Heads are of this size, and contents are filled up to a multiple of it.
const BLOCK: usize = 512;

pub(super) fn open(bytes: &SharedBytes, found: &mut Finder<'_>) -> Result<Vec<ArchiveMember>> {
    let failed = |error: io::Error| malformed(ArchiveKind::Tar, found.path, error);
    let path = found.path;
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
        let source = match entry.header().entry_type().is_file() && found.wants(&name) {
            true if is_plain => Some(found.add_inside(&name, bytes, data..data_end)?),
            true => {
                found.skip(&name);
                None
            }
            false => None,
        };
        members.push(ArchiveMember { place: Place::Tar(TarEntry { whole: start..end, head }), source });
    }
    // Without its end mark, an archive that was cut short between two members would look whole.
    if bytes[end..].iter().take(BLOCK).filter(|&&byte| byte == 0).count() < BLOCK {
        return Err(malformed(ArchiveKind::Tar, path, "the mark at its end is missing"));
    }
    Ok(members)
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
    for ArchiveMember { place, source } in &archive.members {
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
        header.set_cksum();
        writer.write_all(&bytes[whole.start..*head]).map_err(failed)?;
        writer.write_all(header.as_bytes()).map_err(failed)?;
        io::copy(&mut content, writer).map_err(failed)?;
        let filling = length.next_multiple_of(BLOCK as u64) - length;
        writer.write_all(&[0; BLOCK][..filling as usize]).map_err(failed)?;
    }
    writer.write_all(&bytes[end..]).map_err(failed)?;
    Ok(kept)
}
