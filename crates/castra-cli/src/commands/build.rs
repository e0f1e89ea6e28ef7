//! `castra build`: puts a flow into an image, for Docker storage; `castra register --storage docker` does so, too. Flows of Python files
//! say themselves where they are kept: `storages.rs`.

mod storages;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};
use castra_storage::{Base, BuildOptions, DockerStorage, FlowFile, Stored};
use clap::Args;

use self::storages::Storages;
use super::agent::variable;
use crate::output::{Format, print_data};
use crate::session::{Session, block_on};

/// The flow is loaded in the image before the image gets its name; what does not load gets none.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A flow binary, or a Python file with a flow in it that Prefect 1 itself is to run
    #[arg(required_unless_present = "paths")]
    flow: Option<PathBuf>,
    #[command(flatten)]
    storages: Storages,
    #[command(flatten)]
    image: Image,
}

/// What is to be in the image: prefect 1.4.1's `Docker(…)`, by the same names.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Image {
    /// The image to build on; it has to have what the flow needs to run
    #[arg(long, value_name = "IMAGE", help_heading = "Docker storage")]
    base_image: Option<String>,
    /// A Dockerfile to build on instead; it copies from the current directory, and a `.dockerignore` there holds
    #[arg(long, value_name = "FILE", conflicts_with = "base_image", help_heading = "Docker storage")]
    dockerfile: Option<PathBuf>,
    /// The base image is in the local engine: do not pull it
    #[arg(long, requires = "base_image", help_heading = "Docker storage")]
    local_image: bool,
    /// The image's name [default: from the file's name]
    #[arg(long, value_name = "NAME", help_heading = "Docker storage")]
    image_name: Option<String>,
    /// The image's tag [default: from what is in it, so that the same content is built once]
    #[arg(long = "tag", alias = "image-tag", value_name = "TAG", help_heading = "Docker storage")]
    image_tag: Option<String>,
    /// The registry that the image belongs to, e.g. registry.example/team
    #[arg(long, value_name = "REGISTRY", help_heading = "Docker storage")]
    registry_url: Option<String>,
    /// Push the image to its registry
    #[arg(long, requires = "registry_url", help_heading = "Docker storage")]
    push: bool,
    /// A variable of the image; may be repeated
    #[arg(long = "env", short, value_name = "NAME=VALUE", value_parser = variable, help_heading = "Docker storage")]
    env: Vec<(String, String)>,
    /// A file or directory to copy into the image; may be repeated
    #[arg(long = "file", value_name = "HERE:THERE", value_parser = file, help_heading = "Docker storage")]
    files: Vec<(PathBuf, String)>,
    /// A package that pip installs in the image; may be repeated
    #[arg(long = "python-dependency", value_name = "PACKAGE", help_heading = "Docker storage")]
    python_dependencies: Vec<String>,
    /// A line of a Dockerfile that comes last, e.g. "RUN apt-get install -y jq"; may be repeated
    #[arg(long = "extra-command", value_name = "LINE", help_heading = "Docker storage")]
    extra_commands: Vec<String>,
    /// The value of an `ARG` of the Dockerfile; may be repeated
    #[arg(long = "build-arg", value_name = "NAME=VALUE", value_parser = variable, help_heading = "Docker storage")]
    build_args: Vec<(String, String)>,
    /// Build every step again
    #[arg(long, help_heading = "Docker storage")]
    no_cache: bool,
}

pub(crate) fn run(arguments: Arguments, session: Session) -> Result<ExitCode> {
    let Some(flow) = arguments.flow else {
        ensure!(
            arguments.image == Image::default(),
            "a flow of a Python file says itself what is in its image: `flow.storage = Docker(…)`"
        );
        return storages::build(&arguments.storages);
    };
    let stored = arguments.image.store(&flow)?;
    match session.format() {
        Format::Json | Format::Yaml => print_data(session.format(), &stored.storage),
        Format::Table => println!("{}", stored.image),
    }
    Ok(ExitCode::SUCCESS)
}

impl Image {
    /// Puts the flow into the image. What the engine does is shown where it is in nobody's way.
    pub(super) fn store(&self, flow: &Path) -> Result<Stored> {
        let flow = flow.canonicalize().with_context(|| format!("finding the flow {}", flow.display()))?;
        ensure!(flow.is_file(), "{} is no file: name a flow binary, or a Python file", flow.display());
        let storage = self.storage(flow)?;
        let stored = block_on(async {
            Ok(castra_storage::store(&storage, self.push, &|line| eprintln!("{line}")).await?)
        })?;
        let how = if stored.is_new { "is built" } else { "was built before" };
        eprintln!("{} {how} and holds {}", stored.image, stored.flows.join(", "));
        Ok(stored)
    }

    fn storage(&self, flow: PathBuf) -> Result<DockerStorage> {
        let base = match (&self.base_image, &self.dockerfile) {
            (Some(name), _) => Base::Image { name: name.clone(), local: self.local_image },
            (None, Some(path)) => {
                Base::Dockerfile { path: path.clone(), context: std::env::current_dir()?, dockerignore: None }
            }
            (None, None) => bail!("what is the image built on? Give --base-image or --dockerfile"),
        };
        let build =
            BuildOptions { build_args: self.build_args.iter().cloned().collect(), no_cache: self.no_cache };
        Ok(DockerStorage {
            registry_url: self.registry_url.clone(),
            image_name: self.image_name.clone(),
            image_tag: self.image_tag.clone(),
            files: self.files.clone(),
            python_dependencies: self.python_dependencies.clone(),
            env_vars: self.env.iter().cloned().collect(),
            extra_dockerfile_commands: self.extra_commands.clone(),
            build,
            ..DockerStorage::new(FlowFile::new(flow), base)
        })
    }
}

/// The last colon divides: a path here may have one, too.
fn file(word: &str) -> Result<(PathBuf, String), String> {
    match word.rsplit_once(':') {
        Some((here, there)) if !here.is_empty() && there.starts_with('/') => {
            Ok((here.into(), there.to_owned()))
        }
        _ => Err(format!("`{word}` names no place in the image: write HERE:/THERE")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_place_in_the_image() {
        assert_eq!(file("a:b/c:/data/c"), Ok(("a:b/c".into(), "/data/c".to_owned())));
        assert!(file("/data/c").is_err());
        assert!(file("c:data").is_err());
    }
}
