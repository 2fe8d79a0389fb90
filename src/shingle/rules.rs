//! The version of the rules by which texts become tokens and shingles.

/// Work files of a run say by which rules they were made, and those of other rules are not gone on with.
///
/// Raise it with every change that gives any text other tokens or shingles, or another identity or signature: a new table of
/// Unicode, another normalisation, another hash. The test below fails then.
pub(crate) const TEXT_RULES_VERSION: u32 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{Digest, Seed};
    use crate::params::{DiacriticFolding, DigitFolding, HyphenJoining, Shingling, TextParams};
    use crate::shingle::{ShingleScratch, Shingler};

    const TEXTS: [&str; 7] = [
        "Gale warning: the ferries of Pell stay in port until 14:30 on Monday, 3 March 2025.",
        "ΟΔΥΣΣΕΥΣ straße İstanbul ﬁnal e\u{301}t\u{e9} na\u{ef}ve — don't, o’clock, co-operate_now",
        "海上起雾，渡轮停航。フェリーは欠航 한국어 ข่าววันนี้ भाषा لغة עִבְרִית",
        "١٢٣ ４５６ x²y₃ \u{200d}👩\u{200d}🚀 ab\u{ad}cd \u{feff}ef",
        "The har-\nbour of Anglo-\r\nSaxon, PRESI\u{ad}\nDENT",
        "",
        "one",
    ];

    /// The digest of everything that the rules make of the texts.
    fn made() -> String {
        let mut digest = Digest::new(Seed(0));
        for shingling in [Shingling::Word(5), Shingling::Word(1), Shingling::Char(4), Shingling::Byte(8)] {
            for (digits, diacritics, hyphens) in [
                (DigitFolding::Keep, DiacriticFolding::Keep, HyphenJoining::Keep),
                (DigitFolding::Fold, DiacriticFolding::Fold, HyphenJoining::Join),
            ] {
                let params = TextParams { shingling, digits, diacritics, hyphens, ..TextParams::default() };
                let shingler = Shingler::new(&params);
                let mut scratch = ShingleScratch::default();
                for text in TEXTS {
                    let shingles = shingler.shingles(text, &mut scratch);
                    let identity = shingles.identity;
                    for number in [identity.fingerprint, identity.check, identity.units as u64] {
                        digest.update(&number.to_le_bytes());
                    }
                    shingles.hashes.iter().for_each(|hash| digest.update(&hash.to_le_bytes()));
                }
            }
        }
        format!("{:016x}", digest.finish())
    }

    #[test]
    fn other_rules_have_another_version() {
        assert_eq!(
            (TEXT_RULES_VERSION, made().as_str()),
            (2, "c82e80a16827e94d"),
            "raise the version, then state the digest"
        );
    }
}
