//! `SIGBUS`: the end of a mapped file that is no longer there.
//!
//! Inputs are mapped into memory. Where another process cuts one short, or its disk fails, the next look at a byte
//! beyond is a signal, not an error that could be returned. Without a handler the shell says `Bus error`, which tells
//! nobody what to do.

use std::sync::atomic::{AtomicBool, Ordering};

use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

use super::errors::FAILED;
use super::run_args::LogFormat;

/// What is said, without knowing which file: that could not be looked up in a handler.
const MESSAGE: &str = "twicetold: an input file was cut short, or its disk failed, while it was read; unfinished output \
                       stays hidden, and the next run into its directory removes it\n";

/// The same for programs, as an event.
const EVENT: &str = "{\"event\":\"error\",\"message\":\"an input file was cut short, or its disk failed, while it was \
                     read; unfinished output stays hidden, and the next run into its directory removes it\",\"status\":1}\n";

/// Has the program end with one line and status 1 when a mapped file is not there where it is read.
pub(super) fn tell_of_it(form: LogFormat) -> Result<(), Errno> {
    let handler = match form {
        LogFormat::Text => SigHandler::Handler(end_with_message),
        LogFormat::Json => SigHandler::Handler(end_with_event),
    };
    // On a stack of its own where the thread has one: what failed may have been the thread's.
    let action = SigAction::new(handler, SaFlags::SA_ONSTACK, SigSet::all());
    #[expect(unsafe_code, reason = "handling a signal is unsafe by nature")]
    // SAFETY: the handlers call nothing but `write`, `_exit` and `pause`, which POSIX names as safe in a handler, on constants;
    // they take no lock, allocate nothing and do not return. The library of Rust has a handler for this signal too,
    // against stacks that are full; on Linux that is `SIGSEGV`, which is left to it.
    unsafe { sigaction(Signal::SIGBUS, &action) }.map(drop)
}

extern "C" fn end_with_message(_: libc::c_int) {
    end(MESSAGE);
}

extern "C" fn end_with_event(_: libc::c_int) {
    end(EVENT);
}

fn end(line: &'static str) {
    static IS_SAID: AtomicBool = AtomicBool::new(false);
    let is_first = !IS_SAID.swap(true, Ordering::Relaxed);
    #[expect(unsafe_code, reason = "foreign functions are unsafe to call")]
    // SAFETY: the pointer and the length are those of a constant, and the functions may be called in a handler. With
    // nowhere to say it, the exit status has to, so what `write` returns is not looked at. Another thread that meets the
    // same waits for the end.
    unsafe {
        if !is_first {
            loop {
                libc::pause();
            }
        }
        libc::write(libc::STDERR_FILENO, line.as_ptr().cast(), line.len());
        libc::_exit(i32::from(FAILED));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same_in_one_line() {
        let event: serde_json::Value = serde_json::from_str(EVENT).unwrap();
        assert_eq!(format!("twicetold: {}\n", event["message"].as_str().unwrap()), MESSAGE);
        assert_eq!(event["status"], FAILED);
        assert_eq!((MESSAGE.lines().count(), EVENT.lines().count()), (1, 1));
    }
}
