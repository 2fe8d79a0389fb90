//! When to write in colour.

use std::env;
use std::io::IsTerminal;

/// Whether a stream shows colours and they are welcome. See <https://no-color.org>.
pub(super) fn is_coloured(stream: &impl IsTerminal) -> bool {
    let unwelcome = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    stream.is_terminal() && !unwelcome && !dumb
}
