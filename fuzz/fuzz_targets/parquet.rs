//! See `twicetold::laws`.
#![no_main]

use std::panic;
use std::sync::Once;

/// The reader of pages panics on damaged ones, which is caught. So the hook that ends the process at once is taken out; a
/// panic that is not caught ends it all the same.
static UNHOOK: Once = Once::new();

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    UNHOOK.call_once(|| panic::set_hook(Box::new(|_| {})));
    if let Err(broken) = panic::catch_unwind(|| twicetold::laws::parquet(bytes)) {
        let message = broken.downcast_ref::<String>().map(String::as_str);
        eprintln!("{}", message.or(broken.downcast_ref::<&str>().copied()).unwrap_or_default());
        std::process::abort();
    }
});
