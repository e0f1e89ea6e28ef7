//! Images of Docker storage: castra-storage builds them; this says what of, and lets people see how far it is.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use castra_storage::{Base, BuildOptions, DockerStorage, FlowFile, PythonFlows, store};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

/// How often it is looked whether somebody pressed Ctrl-C.
const PERIOD: Duration = Duration::from_millis(100);

/// What is to be in an image, as a dict.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Image {
    /// Where each flow is in the image, by its name.
    flows: BTreeMap<String, String>,
    stored_as_script: bool,
    prefect_is_castra: bool,
    checked: bool,
    base_image: Option<String>,
    local_image: bool,
    dockerfile: Option<PathBuf>,
    dockerignore: Option<PathBuf>,
    registry_url: Option<String>,
    image_name: Option<String>,
    image_tag: Option<String>,
    files: Vec<(PathBuf, String)>,
    python_dependencies: Vec<String>,
    env_vars: BTreeMap<String, String>,
    extra_dockerfile_commands: Vec<String>,
    build_args: BTreeMap<String, String>,
    no_cache: bool,
    engine: Option<String>,
}

/// Builds an image that holds flows, pushes it if told so, and gives its name and its tag. What the engine does is told to `show`, line by line.
///
/// # Errors
/// `ValueError` if it is not said what it is built on, `OSError` if it cannot be built or pushed; `KeyboardInterrupt`.
#[pyfunction]
pub(crate) fn build_image(
    py: Python<'_>,
    image: Image,
    push: bool,
    show: Py<PyAny>,
) -> PyResult<(String, String)> {
    let storage = storage(image)?;
    let show = |line: &str| {
        // A terminal that has gone away is no reason to build nothing.
        let _ = Python::attach(|py| show.call1(py, (line,)));
    };
    let stored = py.detach(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            tokio::select! {
                stored = store(&storage, push, &show) => stored.map_err(|error| PyOSError::new_err(error.to_string())),
                interrupted = interrupted() => Err(interrupted),
            }
        })
    })?;
    let text = |field: &str| stored.storage[field].as_str().unwrap_or_default().to_owned();
    Ok((text("image_name"), text("image_tag")))
}

/// Ends when somebody pressed Ctrl-C.
async fn interrupted() -> PyErr {
    loop {
        tokio::time::sleep(PERIOD).await;
        if let Err(interrupted) = Python::attach(|py| py.check_signals()) {
            return interrupted;
        }
    }
}

fn storage(image: Image) -> PyResult<DockerStorage> {
    let base = match (image.base_image, image.dockerfile) {
        (Some(name), None) => Base::Image { name, local: image.local_image },
        (None, Some(path)) => {
            let dockerignore = image.dockerignore;
            Base::Dockerfile { path, context: std::env::current_dir()?, dockerignore }
        }
        _ => {
            return Err(PyValueError::new_err(
                "Docker storage is built on `base_image` or on `dockerfile`: give one of them",
            ));
        }
    };
    let flows = PythonFlows {
        paths: image.flows,
        stored_as_script: image.stored_as_script,
        prefect_is_castra: image.prefect_is_castra,
        checked: image.checked,
    };
    Ok(DockerStorage {
        registry_url: image.registry_url,
        image_name: image.image_name,
        image_tag: image.image_tag,
        files: image.files,
        python_dependencies: image.python_dependencies,
        env_vars: image.env_vars,
        extra_dockerfile_commands: image.extra_dockerfile_commands,
        build: BuildOptions { build_args: image.build_args, no_cache: image.no_cache },
        engine: image.engine,
        ..DockerStorage::new(FlowFile::Python(flows), base)
    })
}
