//! Sources, and the addresses that some are named by.

/// What a source is called: the host of an address, without `www.` and in small letters; anything else as it stands.
///
/// An address has no white space and a scheme, or a host with a dot and a path behind it. O(length).
///
/// ```
/// use twicetold::corpus::source_name;
/// assert_eq!(source_name("https://www.Cable.example:8080/a?b"), "cable.example");
/// assert_eq!(source_name("cable.example/2007/04"), "cable.example");
/// assert_eq!(source_name("The Cable"), "The Cable");
/// ```
pub fn source_name(source: &str) -> String {
    host(source).unwrap_or_else(|| source.trim().to_owned())
}

/// The host of an address, without `www.` and in small letters; `None` of anything else.
pub(super) fn host(address: &str) -> Option<String> {
    host_as_written(address.trim().trim_matches(['<', '>'])).map(str::to_lowercase)
}

fn host_as_written(address: &str) -> Option<&str> {
    if address.contains(char::is_whitespace) {
        return None;
    }
    let (has_scheme, rest) = match address.split_once("//") {
        Some((scheme, rest)) if scheme.is_empty() || scheme.ends_with(':') => (true, rest),
        _ => (false, address),
    };
    let end = rest.find(['/', '?', '#']);
    let authority = &rest[..end.unwrap_or(rest.len())];
    let (_, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = host.get(..4).filter(|start| start.eq_ignore_ascii_case("www.")).map_or(host, |_| &host[4..]);
    let bare = bare.trim_end_matches('.');
    let is_address = has_scheme || end.is_some() && bare.contains('.') && !bare.starts_with('.');
    (is_address && !bare.is_empty()).then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stands_for_its_host_and_a_name_for_itself() {
        for (source, name) in [
            ("http://www.cable.example/a/b", "cable.example"),
            ("https://user:word@news.cable.example:443", "news.cable.example"),
            ("//cable.example/a", "cable.example"),
            ("HTTP://WWW.CABLE.EXAMPLE.", "cable.example"),
            ("www.cable.example/a", "cable.example"),
            ("https://[2001:db8::1]/a", "[2001:db8::1]"),
            ("https://café.example/", "café.example"),
            ("cable.example", "cable.example"),
            ("A/B", "A/B"),
            ("St. Alder Post/Herald", "St. Alder Post/Herald"),
            ("see http://cable.example", "see http://cable.example"),
            ("<http://www.cable.example/a>", "cable.example"),
            ("dns:cable.example", "dns:cable.example"),
            ("http:///a", "http:///a"),
            ("https://", "https://"),
            (" Cable ", "Cable"),
            ("", ""),
        ] {
            assert_eq!(source_name(source), name, "{source}");
        }
    }
}
