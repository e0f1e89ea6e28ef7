//! Whoever reads what a command prints may go away before its end, as in `castra get flow-runs | head`. What cannot be printed any more ends
//! the command, without a word unless it is for another reason, such as a full disk.

use std::panic::{PanicHookInfo, set_hook, take_hook};

/// How `println!` begins its panic, the one way in which it tells that it could not print.
const NOT_PRINTED: &str = "failed printing to stdout: ";

/// From now on, what cannot be printed is no panic in the eyes of people.
pub(crate) fn may_go_away() {
    let otherwise = take_hook();
    set_hook(Box::new(move |panic| match not_printed(panic) {
        Some(reason) if reason.starts_with("Broken pipe") => {}
        Some(reason) => eprintln!("error: not all of the answer could be printed to stdout: {reason}"),
        None => otherwise(panic),
    }));
}

/// Why nothing can be printed, if the panic says so.
fn not_printed<'p>(panic: &'p PanicHookInfo<'_>) -> Option<&'p str> {
    panic.payload().downcast_ref::<String>()?.strip_prefix(NOT_PRINTED)
}
