//! Surroundings: what of the agent's own process goes into the processes that it starts.

use std::ffi::OsString;
use std::{env, io};

use castra_render::local::Surroundings;

/// The surroundings of this very process. Variables that are not Unicode are inherited, and not looked at.
///
/// # Errors
/// The working directory was removed, or is not Unicode.
pub fn surroundings_of_this_process() -> io::Result<Surroundings> {
    let current_directory = env::current_dir()?
        .into_os_string()
        .into_string()
        .map_err(|path| io::Error::other(format!("{} is not Unicode", path.display())))?;
    let unicode =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    Ok(Surroundings { current_directory, environment: env::vars_os().filter_map(unicode).collect() })
}
