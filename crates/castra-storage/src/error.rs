//! What can go wrong on the way to an image.

use std::path::PathBuf;

/// Why a flow was not stored in an image. Whatever the reason, nothing was tagged and nothing pushed.
#[derive(Debug, thiserror::Error)]
pub enum DockerStorageError {
    /// A file that is to be in the image cannot be read.
    #[error("reading {path} for the image: {source}", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The files of the image cannot be packed for the engine.
    #[error("packing the files of the image: {0}")]
    Pack(std::io::Error),
    /// A variable that no Dockerfile can set.
    #[error("the variable `{name}` of the image {problem}")]
    Env {
        /// Its name.
        name: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// The address of the engine cannot be used.
    #[error("finding the Docker Engine: {0}")]
    Address(String),
    /// The user's credentials for a registry cannot be read.
    #[error("finding the credentials for a registry: {0}")]
    Credentials(String),
    /// The engine does not answer, or refuses.
    #[error("{what}: {source}")]
    Engine {
        /// What it was asked for.
        what: String,
        /// What it said.
        source: bollard::errors::Error,
    },
    /// A step of the build failed.
    #[error("the image was not built: {step}: {message}{}", indented(.output))]
    Build {
        /// The step, as the engine names it: `Step 3/5 : RUN …`.
        step: String,
        /// What the engine said.
        message: String,
        /// The last lines that the step printed.
        output: Vec<String>,
    },
    /// The flow does not load in the image.
    #[error("the flow does not load in the image: `{}` {problem}{}", .command.join(" "), indented(.output))]
    HealthCheck {
        /// What was run in the image.
        command: Vec<String>,
        /// How it ended.
        problem: String,
        /// The last lines that it printed.
        output: Vec<String>,
    },
}

/// Lines as they are shown below a message.
fn indented(lines: &[String]) -> String {
    lines.iter().map(|line| format!("\n    {line}")).collect()
}
