//! Surroundings: what of the agent's own process goes into the processes that it starts.

use std::ffi::OsString;
use std::{env, io};

use castra_render::local::Surroundings;

/// The surroundings of this very process. Of variables that are not Unicode, what is counts, not exactly what they say.
///
/// # Errors
/// The working directory was removed, or is not Unicode.
pub fn surroundings_of_this_process() -> io::Result<Surroundings> {
    let current_directory = env::current_dir()?
        .into_os_string()
        .into_string()
        .map_err(|path| io::Error::other(format!("{} is not Unicode", path.display())))?;
    let text = |text: OsString| text.to_string_lossy().into_owned();
    let environment = env::vars_os().map(|(name, value)| (text(name), text(value))).collect();
    Ok(Surroundings { current_directory, environment })
}
