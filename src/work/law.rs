//! The law of work files: damage is noticed, or does no harm.
#![allow(clippy::missing_panics_doc, clippy::unwrap_used, reason = "a law is a test")]

use std::fs;

use super::directory::{Resume, WorkDirectory};
use super::file::WorkKind;
use super::manifest::{InputStamp, MANIFEST, Manifest};
use super::settings::Settings;
use crate::disk::Disk;

/// Commits some bytes, changes the files of the work directory, and goes on with it. The first half of the input is
/// committed, the second says what is changed: a file, a place in it, and the bits to flip there, or to cut it.
pub fn work_files(bytes: &[u8]) {
    let (content, changes) = bytes.split_at(bytes.len() / 2);
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("work");
    let mut settings = Settings::default();
    settings.add("threshold", 0.8);
    let inputs = [InputStamp { name: "a".to_owned(), bytes: 1, modified: None, sample: 2 }];
    let open = || WorkDirectory::open(&Disk::default(), &path, Resume::Continue, settings.clone(), &inputs);
    let kind = WorkKind(*b"laws");
    let mut work = open().unwrap();
    let mut file = work.file("numbers", kind).unwrap();
    file.append(content).unwrap();
    work.commit("count", &content.len(), &mut [&mut file]).unwrap();
    file.append(b"not committed").unwrap();
    file.flush().unwrap();
    drop((file, work));
    let names = [MANIFEST, "numbers", "inputs"];
    for change in changes.chunks_exact(4) {
        let name = path.join(names[usize::from(change[0]) % names.len()]);
        let mut stored = fs::read(&name).unwrap();
        if stored.is_empty() {
            continue;
        }
        let at = usize::from(u16::from_le_bytes([change[1], change[2]])) % stored.len();
        match change[3] {
            0 => stored.truncate(at),
            bits => stored[at] ^= bits,
        }
        fs::write(&name, stored).unwrap();
    }
    if let Ok(work) = open() {
        assert_eq!(work.stage::<usize>("count").unwrap(), Some(content.len()));
        if let Ok(file) = work.file("numbers", kind) {
            let mut read = vec![0; content.len()];
            assert_eq!(file.len(), content.len() as u64);
            file.read_at(0, &mut read).unwrap();
            assert_eq!(read, content);
        }
    }
    // A manifest with a right checksum, whatever it says.
    if let Ok(manifest) = serde_json::from_slice::<Manifest>(bytes) {
        manifest.write(&Disk::default(), &path).unwrap();
        if let Ok(work) = open() {
            drop(work.stage::<usize>("count"));
            drop(work.file("numbers", kind));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_law_of_work_files_holds_of_the_examples() {
        for example in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/seeds/work_files")).unwrap() {
            work_files(&fs::read(example.unwrap().path()).unwrap());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn damage_is_noticed_or_does_no_harm(
            content in any::<[u8; 16]>(),
            changes in proptest::collection::vec(any::<[u8; 4]>(), 0..4),
        ) {
            let changes = changes.concat();
            work_files(&[&content[..changes.len()], &changes].concat());
        }
    }
}
