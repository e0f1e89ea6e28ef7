//! What is to be in the image, with the words and the meaning of prefect 1.4.1's `Docker` storage; Castra's choices where
//! Prefect's do not fit are said at each field.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use castra_core::version::SERIALIZATION_VERSION;
use serde_json::{Value, json};

/// A flow that is to be kept in an image (prefect 1.4.1 `prefect.storage.Docker`).
#[derive(Clone, Debug)]
pub struct DockerStorage {
    /// The file that holds the flow.
    pub flow: FlowFile,
    /// What the image is built on.
    pub base: Base,
    /// The registry the image belongs to, e.g. `registry.example/team`.
    pub registry_url: Option<String>,
    /// The image's name; `None`: from the name of the file, or of the one flow of Python.
    pub image_name: Option<String>,
    /// The image's tag; `None`: from what is in the image, so that the same content is the same tag and is built once.
    /// (Prefect: the time of the build.)
    pub image_tag: Option<String>,
    /// Files and directories that are copied into the image: from this machine's path to the image's.
    pub files: Vec<(PathBuf, String)>,
    /// What `pip` installs. (Prefect also installs itself; here the base image has to have what the flow needs.)
    pub python_dependencies: Vec<String>,
    /// Variables of the image; their values are taken as they are, `$` included.
    pub env_vars: BTreeMap<String, String>,
    /// Lines of a Dockerfile that come last.
    pub extra_dockerfile_commands: Vec<String>,
    /// How the engine builds.
    pub build: BuildOptions,
    /// The address of the engine; `None`: that of the `docker` command (Prefect's `base_url`).
    pub engine: Option<String>,
}

/// The file that holds the flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlowFile {
    /// A binary with Rust flows in it. It has to run in the image: for its processor, with the libraries it is linked to.
    Binary(PathBuf),
    /// A Python file with one Prefect 1 flow in it (Prefect's `stored_as_script`).
    Script(PathBuf),
    /// None of its own: Python flows of Castra's, which the base or the `files` bring.
    Python(PythonFlows),
}

/// Flows of the Python package `castra`, which the image has to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PythonFlows {
    /// Where each is in the image, by its name.
    pub paths: BTreeMap<String, String>,
    /// They are in Python files, rather than pickled.
    pub stored_as_script: bool,
    /// In their code, `import prefect` means Castra.
    pub prefect_is_castra: bool,
    /// Whether it is looked if they load inside (Prefect's `ignore_healthchecks` says no).
    pub checked: bool,
}

/// What an image is built on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// An image.
    Image {
        /// Its name.
        name: String,
        /// It is in the engine already and is not pulled (Prefect's `local_image`).
        local: bool,
    },
    /// A Dockerfile of one's own.
    Dockerfile {
        /// The file.
        path: PathBuf,
        /// The directory that its `COPY` takes files from; a `.dockerignore` in it holds. (Prefect: the current one.)
        context: PathBuf,
        /// The file that says in place of that `.dockerignore` which files are left out (Prefect's `dockerignore`).
        dockerignore: Option<PathBuf>,
    },
}

/// How the engine builds (of Prefect's `build_kwargs`: `buildargs` and `nocache`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildOptions {
    /// Values of the Dockerfile's `ARG`s.
    pub build_args: BTreeMap<String, String>,
    /// Every step is done again, and an image that has the content's tag already is built again.
    pub no_cache: bool,
}

impl DockerStorage {
    /// A flow on a base, and nothing else.
    pub fn new(flow: FlowFile, base: Base) -> Self {
        Self {
            flow,
            base,
            registry_url: None,
            image_name: None,
            image_tag: None,
            files: Vec::new(),
            python_dependencies: Vec::new(),
            env_vars: BTreeMap::new(),
            extra_dockerfile_commands: Vec::new(),
            build: BuildOptions::default(),
            engine: None,
        }
    }

    /// The image's name without registry and tag.
    pub(crate) fn image_name(&self) -> String {
        self.image_name.clone().unwrap_or_else(|| self.flow.slug())
    }

    /// The storage as flows are registered with it (prefect 1.4.1 `DockerSchema`), `flows` being in the image.
    pub(crate) fn to_json(&self, image_tag: &str, flows: &[String]) -> Value {
        let place = |name: &String| (name.clone(), self.flow.path_in_image(name).into());
        let flows: serde_json::Map<_, _> = flows.iter().map(place).collect();
        let script = matches!(self.flow, FlowFile::Script(_));
        let path = script.then(|| self.flow.path_in_image(""));
        json!({
            "type": "Docker",
            "__version__": SERIALIZATION_VERSION,
            "registry_url": self.registry_url,
            "image_name": self.image_name(),
            "image_tag": image_tag,
            "flows": flows,
            "path": path,
            "stored_as_script": script,
            "secrets": [],
        })
    }
}

impl FlowFile {
    /// The file at this path: a script if it is called `….py`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        match path.extension() {
            Some(extension) if extension == "py" => Self::Script(path),
            _ => Self::Binary(path),
        }
    }

    /// Where it is on this machine, if it is copied from there.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Binary(path) | Self::Script(path) => Some(path),
            Self::Python(_) => None,
        }
    }

    /// Where the flow of this name is in the image.
    pub(crate) fn path_in_image(&self, flow: &str) -> String {
        match self {
            Self::Binary(_) => format!("/opt/castra/flows/{}", self.slug()),
            Self::Script(_) => format!("/opt/prefect/flows/{}.py", self.slug()),
            Self::Python(flows) => flows.paths.get(flow).cloned().unwrap_or_default(),
        }
    }

    /// The name of the file, or of its one flow, in letters that image names may have.
    fn slug(&self) -> String {
        let stem = match self {
            Self::Binary(path) | Self::Script(path) => {
                path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase()
            }
            Self::Python(flows) => match flows.paths.keys().collect::<Vec<_>>()[..] {
                [name] => name.to_lowercase(),
                _ => String::new(),
            },
        };
        let words =
            stem.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let slug = words.collect::<Vec<_>>().join("-");
        if slug.is_empty() { "flows".to_owned() } else { slug }
    }
}

#[cfg(test)]
mod tests {
    use castra_core::storage::Storage;

    use super::*;

    fn storage(file: &str) -> DockerStorage {
        DockerStorage::new(FlowFile::new(file), Base::Image { name: "debian:12".into(), local: true })
    }

    #[test]
    fn names_are_made_from_the_files_name() {
        assert_eq!(storage("/target/debug/Nightly_ETL").image_name(), "nightly-etl");
        assert_eq!(storage("/target/debug/über").image_name(), "ber");
        assert_eq!(storage("/target/debug/___").image_name(), "flows");
        assert_eq!(FlowFile::new("/a/etl").path_in_image("one"), "/opt/castra/flows/etl");
        assert_eq!(FlowFile::new("/a/etl.py").path_in_image("one"), "/opt/prefect/flows/etl.py");
    }

    #[test]
    fn python_flows_are_where_they_are_said_to_be() {
        let named = |names: &[&str]| {
            let paths = names.iter().map(|name| (name.to_string(), format!("/flows/{name}"))).collect();
            let flows =
                PythonFlows { paths, stored_as_script: false, prefect_is_castra: false, checked: true };
            DockerStorage { flow: FlowFile::Python(flows), ..storage("") }
        };
        assert_eq!(named(&["Daily ETL"]).image_name(), "daily-etl");
        assert_eq!(named(&["one", "two"]).image_name(), "flows");
        let document = named(&["one", "two"]).to_json("v1", &["one".into(), "two".into()]);
        assert_eq!(document["flows"], json!({"one": "/flows/one", "two": "/flows/two"}));
    }

    #[test]
    fn what_is_registered_is_what_agents_read() {
        let storage =
            DockerStorage { registry_url: Some("registry.example/team".into()), ..storage("/a/etl") };
        let read = Storage::from_json(&storage.to_json("v1", &["one".into(), "two".into()])).unwrap();
        assert_eq!(read.image(), Some("registry.example/team/etl:v1"));
        assert_eq!(read.path_in_image("two"), Some("/opt/castra/flows/etl"));
    }

    #[test]
    fn a_python_flow_is_registered_as_a_script() {
        let document = storage("/a/etl.py").to_json("v1", &["etl".into()]);
        insta::assert_snapshot!(document, @r#"{"type":"Docker","__version__":"castra/0.1.0","registry_url":null,"image_name":"etl","image_tag":"v1","flows":{"etl":"/opt/prefect/flows/etl.py"},"path":"/opt/prefect/flows/etl.py","stored_as_script":true,"secrets":[]}"#);
    }
}
