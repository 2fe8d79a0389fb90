//! A token, and what may be kept of it.

/// Receives the tokens of a text in order.
pub trait TokenSink {
    /// Whether it looks at the hashes; where it does not, they are not made, and 0 stands for each.
    const READS_HASHES: bool = true;

    /// Takes one token: its normalised form, the hash of that, and where it stood in the original text,
    /// as a range of bytes.
    fn token(&mut self, normalised: &[u8], hash: u64, start: usize, end: usize);
}

/// Keeps the hashes alone.
impl TokenSink for Vec<u64> {
    #[inline]
    fn token(&mut self, _normalised: &[u8], hash: u64, _start: usize, _end: usize) {
        self.push(hash);
    }
}

/// A token's hash and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Hash of the normalised form.
    pub hash: u64,
    /// First byte in the original text.
    pub start: usize,
    /// One past the last byte in the original text.
    pub end: usize,
}

/// Keeps hashes and places.
impl TokenSink for Vec<Token> {
    #[inline]
    fn token(&mut self, _normalised: &[u8], hash: u64, start: usize, end: usize) {
        self.push(Token { hash, start, end });
    }
}
