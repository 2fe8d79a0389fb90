//! Signals that end a run: first in order, then at once.
//!
//! A run that is asked to end gives up what it does and removes what it made. If that takes longer than people wait, or
//! if they ask again, the thread that hears the signals removes it and ends the process. Only a commit is waited for.

use std::process;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use twicetold::output::Leftovers;

/// How long a run may take to end in order.
const GRACE: Duration = Duration::from_millis(700);

/// Signals, as far as they have come.
pub(super) struct Signals {
    /// Whether a stage has begun: only then is there something to end in order.
    at_work: AtomicBool,
    /// The exit status that says which signal came first; 0 for none.
    status: AtomicU8,
    end: Mutex<End>,
}

/// The end of the process: who has this, may end it.
#[derive(Default)]
pub(super) struct End {
    /// Whether the run ends by itself.
    is_near: bool,
    /// What would be left.
    leftovers: Vec<Leftovers>,
}

impl End {
    /// Has these removed where the process ends at once.
    pub(super) fn will_remove(&mut self, leftovers: Leftovers) {
        self.leftovers.push(leftovers);
    }
}

impl Signals {
    /// Takes the signals over, for all threads that are started afterwards. `say` tells that the process ends, and with
    /// which status.
    pub(super) fn hear(say: impl Fn(u8) + Clone + Send + 'static) -> anyhow::Result<Arc<Self>> {
        let signals = Arc::new(Self {
            at_work: AtomicBool::new(false),
            status: AtomicU8::new(0),
            end: Mutex::new(End::default()),
        });
        let hearing = Arc::clone(&signals);
        listen(move |status| hearing.heard(status, &say)).context("cannot take over Ctrl-C")?;
        Ok(signals)
    }

    /// A stage begins.
    pub(super) fn begin(&self) {
        self.at_work.store(true, Ordering::Relaxed);
    }

    /// The exit status of a run that was asked to end.
    pub(super) fn status(&self) -> Option<u8> {
        Some(self.status.load(Ordering::Relaxed)).filter(|&status| status > 0)
    }

    /// Keeps the process from being ended at once. Does not return if it is about to.
    pub(super) fn hold(&self) -> MutexGuard<'_, End> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The run has ended, and says so itself.
    pub(super) fn finish(&self) {
        self.hold().is_near = true;
    }

    fn heard(self: &Arc<Self>, status: u8, say: &(impl Fn(u8) + Clone + Send + 'static)) {
        let is_first = self.status.compare_exchange(0, status, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if is_first && self.at_work.load(Ordering::Relaxed) {
            let (signals, say) = (Arc::clone(self), say.clone());
            let late = move || {
                thread::sleep(GRACE);
                signals.end_at_once(&say);
            };
            if thread::Builder::new().name("grace".to_owned()).spawn(late).is_ok() {
                return;
            }
        }
        self.end_at_once(say);
    }

    /// Ends the process, unless its output is committed, which then comes to its end.
    fn end_at_once(&self, say: &impl Fn(u8)) {
        let end = self.hold();
        if !end.is_near && end.leftovers.iter().all(Leftovers::remove) {
            let status = self.status.load(Ordering::Relaxed);
            say(status);
            process::exit(i32::from(status));
        }
    }
}

/// Calls `heard` with the exit status for each signal, in a thread of its own.
#[cfg(unix)]
fn listen(heard: impl Fn(u8) + Send + 'static) -> anyhow::Result<()> {
    use nix::sys::signal::{SigSet, Signal};

    let mut signals = SigSet::empty();
    signals.add(Signal::SIGINT);
    signals.add(Signal::SIGTERM);
    // With nohup a run outlives its terminal.
    if !is_ignored(Signal::SIGHUP as u32) {
        signals.add(Signal::SIGHUP);
    }
    // Threads that are started later have it from this one: a signal comes to none of them, and waits to be fetched.
    signals.thread_block()?;
    let fetch = move || {
        while let Ok(signal) = signals.wait() {
            heard(SIGNALLED + signal as u8);
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(fetch)?;
    Ok(())
}

/// Whether a signal was ignored when the program began, where the system tells it in a file.
#[cfg(unix)]
fn is_ignored(signal: u32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Calls `heard` for each Ctrl-C, in a thread of its own.
#[cfg(not(unix))]
fn listen(heard: impl Fn(u8) + Send + 'static) -> anyhow::Result<()> {
    Ok(ctrlc::set_handler(move || heard(super::errors::INTERRUPTED))?)
}

/// The exit status of a process that a signal ended, less the number of the signal.
#[cfg(unix)]
const SIGNALLED: u8 = 128;
