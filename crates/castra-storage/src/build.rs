//! Build → health check → tag → push: nothing has a name, and nothing leaves this machine, before the flow was seen to load.

use std::fs::File;
use std::io;

use bollard::Docker;
use bollard::models::{BuildInfo, ImageInspect};
use bollard::query_parameters::{
    BuildImageOptions, CreateImageOptions, PushImageOptions, RemoveImageOptions, TagImageOptions,
};
use bytes::Bytes;
use castra_core::storage::Storage;
use castra_docker::Reference;
use futures::{Stream, StreamExt as _, stream};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;

use crate::context::{Context, DOCKERFILE};
use crate::docker_storage::{Base, DockerStorage};
use crate::engine::{asking, connect, credentials, words};
use crate::error::DockerStorageError;
use crate::health_check;

/// How many lines of output an error shows.
const SHOWN_LINES: usize = 20;

/// How many bytes of a tag come from the content.
const TAG_BYTES: usize = 8;

/// A flow that is in an image.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The image, `registry/name:tag`.
    pub image: String,
    /// The flows in it.
    pub flows: Vec<String>,
    /// The storage as flows are registered with it.
    pub storage: Value,
    /// False if an image of the same content was there already.
    pub is_new: bool,
}

/// Puts a flow into an image of the local engine, and with `push` into its registry. What the engine does is told to
/// `show`, line by line.
///
/// # Errors
/// [`DockerStorageError`]
pub async fn store(
    storage: &DockerStorage,
    push: bool,
    show: &dyn Fn(&str),
) -> Result<Stored, DockerStorageError> {
    let context = Context::pack(storage)?;
    let docker = connect(storage.engine.as_deref()).await?;
    let base_id = base(&docker, storage, show).await?;
    let tag = match &storage.image_tag {
        Some(tag) => tag.clone(),
        None => content_tag(context.digest.clone(), base_id.as_deref(), storage),
    };
    let image = image_reference(storage, &tag);
    let known = match storage.image_tag.is_none() && !storage.build.no_cache {
        true => find(&docker, &image).await?,
        false => None,
    };
    let is_new = known.is_none();
    let id = match known {
        Some(id) => id,
        None => build(&docker, storage, context.tar, show).await?,
    };
    let checked = health_check::flows(&docker, &id, &storage.flow).await;
    if checked.is_err() && is_new {
        remove_unnamed(&docker, &id).await;
    }
    let flows = checked?;
    name(&docker, &id, &image).await?;
    if push {
        self::push(&docker, &image, show).await?;
    }
    Ok(Stored { storage: storage.to_json(&tag, &flows), image, flows, is_new })
}

/// The image's full name, as agents read it from the storage.
fn image_reference(storage: &DockerStorage, tag: &str) -> String {
    let document = storage.to_json(tag, &[]);
    // What was written as Docker storage names an image.
    Storage::from_json(&document).ok().and_then(|read| read.image().map(str::to_owned)).unwrap_or_default()
}

/// The tag of this content on this base: whatever changes the image changes it.
fn content_tag(mut digest: Sha256, base_id: Option<&str>, storage: &DockerStorage) -> String {
    digest.update(base_id.unwrap_or_default());
    digest.update(Value::from_iter(storage.build.build_args.clone()).to_string());
    digest.finalize()[..TAG_BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Pulls the base image unless it is local, and answers with its id; an own Dockerfile's is not known.
async fn base(
    docker: &Docker,
    storage: &DockerStorage,
    show: &dyn Fn(&str),
) -> Result<Option<String>, DockerStorageError> {
    let Base::Image { name, local } = &storage.base else { return Ok(None) };
    if !local {
        let Reference { repository, tag } = Reference::new(name);
        let options = CreateImageOptions {
            from_image: Some(repository.to_owned()),
            tag: Some(tag.to_owned()),
            ..CreateImageOptions::default()
        };
        let mut progress = docker.create_image(Some(options), None, credentials(name).await?);
        while let Some(step) = progress.next().await {
            let step = step.map_err(asking(format!("pulling the base image `{name}`")))?;
            show_status(step.id, step.status, step.progress_detail.is_some(), show);
        }
    }
    let found = find(docker, name).await?;
    found.map(Some).ok_or_else(|| DockerStorageError::Build {
        step: format!("FROM {name}"),
        message: "the engine has no such image; build or pull it, or do not say that it is local".to_owned(),
        output: Vec::new(),
    })
}

/// The id of an image that the engine has.
async fn find(docker: &Docker, image: &str) -> Result<Option<String>, DockerStorageError> {
    match docker.inspect_image(image).await {
        Ok(ImageInspect { id, .. }) => Ok(id),
        Err(bollard::errors::Error::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
        Err(error) => Err(asking(format!("looking for the image `{image}`"))(error)),
    }
}

/// Removes an image unless it has a name: where nothing was added to the base, it is the base. If it cannot be removed, `docker
/// image prune` does it.
async fn remove_unnamed(docker: &Docker, id: &str) {
    let found = docker.inspect_image(id).await;
    if found.is_ok_and(|image| image.repo_tags.unwrap_or_default().is_empty()) {
        let _ = docker.remove_image(id, None::<RemoveImageOptions>, None).await;
    }
}

/// Builds and answers with the image's id; it has no name yet.
async fn build(
    docker: &Docker,
    storage: &DockerStorage,
    tar: File,
    show: &dyn Fn(&str),
) -> Result<String, DockerStorageError> {
    let build_args = storage.build.build_args.clone().into_iter().collect();
    let options = BuildImageOptions {
        dockerfile: DOCKERFILE.to_owned(),
        nocache: storage.build.no_cache,
        buildargs: Some(build_args),
        rm: true,
        forcerm: true,
        ..BuildImageOptions::default()
    };
    let mut output = Output::default();
    let mut steps = docker.build_image(options, None, Some(bollard::body_try_stream(chunks(tar))));
    while let Some(step) = steps.next().await {
        match step {
            Ok(info) => output.take(info, show),
            Err(error) => return Err(output.failed(&words(&error))),
        }
    }
    drop(steps);
    output.id.take().ok_or_else(|| output.failed("the engine named no image at the end"))
}

/// What a build has printed.
#[derive(Default)]
struct Output {
    step: String,
    lines: Vec<String>,
    id: Option<String>,
}

impl Output {
    fn take(&mut self, info: BuildInfo, show: &dyn Fn(&str)) {
        if let Some(id) = info.aux.and_then(|image| image.id) {
            self.id = Some(id);
        }
        for line in info.stream.unwrap_or_default().lines().filter(|line| !line.trim().is_empty()) {
            show(line);
            if line.starts_with("Step ") {
                self.step = line.to_owned();
                self.lines.clear();
            } else if !line.starts_with(" --->") && !line.starts_with("Removing intermediate container ") {
                self.lines.push(line.to_owned());
            }
        }
    }

    fn failed(&self, message: &str) -> DockerStorageError {
        let step = if self.step.is_empty() { "before the first step" } else { &self.step };
        DockerStorageError::Build {
            step: step.to_owned(),
            message: message.trim().to_owned(),
            output: last(&self.lines),
        }
    }
}

/// The last lines of an output.
pub(crate) fn last(lines: &[String]) -> Vec<String> {
    lines[lines.len().saturating_sub(SHOWN_LINES)..].to_vec()
}

/// A file, piece by piece.
fn chunks(file: File) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    stream::try_unfold(tokio::fs::File::from_std(file), async |mut file| {
        let mut chunk = vec![0; 1 << 16];
        let length = file.read(&mut chunk).await?;
        chunk.truncate(length);
        Ok((length > 0).then(|| (Bytes::from(chunk), file)))
    })
}

async fn name(docker: &Docker, id: &str, image: &str) -> Result<(), DockerStorageError> {
    let Reference { repository, tag } = Reference::new(image);
    let options = TagImageOptions { repo: Some(repository.to_owned()), tag: Some(tag.to_owned()) };
    docker.tag_image(id, Some(options)).await.map_err(asking(format!("naming the image `{image}`")))
}

async fn push(docker: &Docker, image: &str, show: &dyn Fn(&str)) -> Result<(), DockerStorageError> {
    let Reference { repository, tag } = Reference::new(image);
    let options = PushImageOptions { tag: Some(tag.to_owned()), ..PushImageOptions::default() };
    let mut progress = docker.push_image(repository, Some(options), credentials(image).await?);
    while let Some(step) = progress.next().await {
        let step = step.map_err(asking(format!("pushing `{image}`, which is in this machine's engine")))?;
        show_status(None, step.status, step.progress_detail.is_some(), show);
    }
    Ok(())
}

/// A line of a pull or a push; how far it is with one layer is left out.
fn show_status(id: Option<String>, status: Option<String>, is_progress: bool, show: &dyn Fn(&str)) {
    match (id, status) {
        (Some(id), Some(status)) if !is_progress => show(&format!("{id}: {status}")),
        (None, Some(status)) if !is_progress => show(&status),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docker_storage::FlowFile;

    fn storage() -> DockerStorage {
        let base = Base::Image { name: "debian:12".into(), local: true };
        DockerStorage::new(FlowFile::new("/target/etl"), base)
    }

    #[test]
    fn the_tag_follows_from_content_base_and_arguments() {
        let tag = |base, storage: &DockerStorage| content_tag(Sha256::new(), Some(base), storage);
        assert_eq!(tag("sha256:1", &storage()), tag("sha256:1", &storage()));
        assert_ne!(tag("sha256:1", &storage()), tag("sha256:2", &storage()));
        let mut with_argument = storage();
        with_argument.build.build_args.insert("A".into(), "1".into());
        assert_ne!(tag("sha256:1", &storage()), tag("sha256:1", &with_argument));
        assert_eq!(tag("sha256:1", &storage()).len(), 2 * TAG_BYTES);
    }

    #[test]
    fn a_failed_build_names_its_step() {
        let mut output = Output::default();
        for line in ["Step 1/2 : FROM x\n", " ---> abc\n", "Step 2/2 : RUN make\n", "cc: no such file\n"] {
            output.take(BuildInfo { stream: Some(line.to_owned()), ..BuildInfo::default() }, &|_| {});
        }
        insta::assert_snapshot!(output.failed("The command '/bin/sh -c make' returned a non-zero code: 2"), @"
        the image was not built: Step 2/2 : RUN make: The command '/bin/sh -c make' returned a non-zero code: 2
            cc: no such file
        ");
    }
}
