//! Docker storage on a real engine: what is built, what is refused, and that nothing is left of what failed. The flow
//! binaries here are shell scripts that answer `list`; a real one goes this way in the tests of castra-cli.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use castra_storage::{Base, DockerStorage, FlowFile, PythonFlows, Stored, store};
use tempfile::TempDir;

const BASE: &str = "castra-test/base:1";
const PREFECT: &str = "castra-test/prefect:1";

/// What the docker command prints; nothing if it fails.
fn docker(arguments: &[&str]) -> Option<String> {
    let output = Command::new("docker").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

/// Whether the engine has this image; if not, says what is left out.
fn has(image: &str) -> bool {
    let found = docker(&["image", "inspect", image]).is_some();
    if !found {
        println!("LEFT OUT: no Docker Engine answers, or it has no image {image} (tests/images makes it)");
    }
    found
}

/// A flow binary that answers `list` with this script, in an image whose name is the test's own. The image is removed in
/// the end.
struct Flow {
    folder: TempDir,
    name: String,
}

impl Flow {
    fn new(file: &str, text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(file), text).unwrap();
        let name = format!("castra-test/storage-{}-{}", std::process::id(), file.replace('.', "-"));
        Self { folder, name }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn storage(&self, file: &str, base: &str) -> DockerStorage {
        let base = Base::Image { name: base.to_owned(), local: true };
        let flow = FlowFile::new(self.path(file));
        DockerStorage { image_name: Some(self.name.clone()), ..DockerStorage::new(flow, base) }
    }

    /// The tags that images of this name have.
    fn tags(&self) -> BTreeSet<String> {
        let listed = docker(&["images", "--format", "{{.Tag}}", &self.name]).unwrap_or_default();
        listed.lines().map(str::to_owned).collect()
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        for tag in self.tags() {
            docker(&["image", "rm", "--force", &format!("{}:{tag}", self.name)]);
        }
    }
}

/// Stores and answers with what was shown, too.
async fn stored(storage: &DockerStorage) -> (Result<Stored, String>, String) {
    let shown = RefCell::new(String::new());
    let show = |line: &str| shown.borrow_mut().push_str(&format!("{line}\n"));
    let stored = store(storage, false, &show).await.map_err(|error| error.to_string());
    (stored, shown.into_inner())
}

#[tokio::test]
async fn an_image_holds_the_flow_and_what_goes_with_it() {
    if !has(BASE) {
        return;
    }
    let flow = Flow::new("etl", "#!/bin/sh\n[ \"$1\" = list ] && echo etl && echo 'the report'\n");
    fs::create_dir_all(flow.path("data/deep")).unwrap();
    fs::write(flow.path("data/deep/a file"), "1,2").unwrap();
    let storage = DockerStorage {
        env_vars: [("GREETING".to_owned(), r#"it's "$HOME" \o/"#.to_owned())].into(),
        files: vec![
            (flow.path("data"), "/data".to_owned()),
            (flow.path("data/deep/a file"), "/copies/".to_owned()),
        ],
        extra_dockerfile_commands: vec!["RUN echo extra > /extra".to_owned()],
        ..flow.storage("etl", BASE)
    };
    let (stored, shown) = stored(&storage).await;
    let stored = stored.unwrap();
    assert_eq!(stored.flows, ["etl", "the report"]);
    assert_eq!(stored.storage["flows"]["the report"], "/opt/castra/flows/etl");
    assert!(shown.contains("RUN echo extra"), "{shown}");

    let script = "cat '/data/deep/a file' '/copies/a file' /extra; echo \"$GREETING\"; stat -c %a /opt/castra/flows/etl";
    let inside = docker(&["run", "--rm", &stored.image, "/bin/sh", "-c", script]).unwrap();
    insta::assert_snapshot!(inside, @r#"
    1,21,2extra
    it's "$HOME" \o/
    755
    "#);
}

#[tokio::test]
async fn the_same_content_is_built_once() {
    if !has(BASE) {
        return;
    }
    let flow = Flow::new("once", "#!/bin/sh\necho once\n");
    let first = stored(&flow.storage("once", BASE)).await.0.unwrap();
    let second = stored(&flow.storage("once", BASE)).await.0.unwrap();
    assert_eq!((first.is_new, second.is_new), (true, false));
    assert_eq!(first.storage, second.storage);

    fs::write(flow.path("once"), "#!/bin/sh\necho twice\n").unwrap();
    let changed = stored(&flow.storage("once", BASE)).await.0.unwrap();
    assert_eq!((changed.is_new, changed.flows), (true, vec!["twice".to_owned()]));
    assert_ne!(changed.image, first.image);
}

#[tokio::test]
async fn an_own_dockerfile_is_the_base() {
    if !has(BASE) {
        return;
    }
    let flow = Flow::new("own", "#!/bin/sh\ncat /project/names\n");
    fs::write(flow.path("names"), "from the project\n").unwrap();
    fs::write(flow.path("ignored"), "").unwrap();
    fs::write(flow.path(".dockerignore"), "ignored\n").unwrap();
    let text = format!("ARG base\nFROM $base\nCOPY . /project\nRUN test ! -e /project/ignored\n# {BASE}\n");
    fs::write(flow.path("Dockerfile"), text).unwrap();
    let mut storage = DockerStorage {
        base: Base::Dockerfile { path: flow.path("Dockerfile"), context: flow.path(""), dockerignore: None },
        image_tag: Some("v1".to_owned()),
        ..flow.storage("own", BASE)
    };
    storage.build.build_args.insert("base".to_owned(), BASE.to_owned());
    let stored = stored(&storage).await.0.unwrap();
    assert_eq!(
        (stored.flows, stored.image),
        (vec!["from the project".to_owned()], format!("{}:v1", flow.name))
    );
}

#[tokio::test]
async fn a_failed_step_is_told_with_the_engines_words() {
    if !has(BASE) {
        return;
    }
    let flow = Flow::new("failing", "#!/bin/sh\necho failing\n");
    let commands = vec!["RUN echo no compiler here; exit 7".to_owned()];
    let storage = DockerStorage { extra_dockerfile_commands: commands, ..flow.storage("failing", BASE) };
    insta::assert_snapshot!(stored(&storage).await.0.unwrap_err(), @"
    the image was not built: Step 3/3 : RUN echo no compiler here; exit 7: The command '/bin/sh -c echo no compiler here; exit 7' returned a non-zero code: 7
        no compiler here
    ");
    assert!(flow.tags().is_empty());

    insta::assert_snapshot!(stored(&flow.storage("failing", "castra-test/no-such:1")).await.0.unwrap_err(), @"the image was not built: FROM castra-test/no-such:1: the engine has no such image; build or pull it, or do not say that it is local");
    let sent = DockerStorage {
        extra_dockerfile_commands: vec!["RUM x".to_owned()],
        ..flow.storage("failing", BASE)
    };
    insta::assert_snapshot!(stored(&sent).await.0.unwrap_err(), @"the image was not built: before the first step: dockerfile parse error line 3: unknown instruction: RUM");
}

#[tokio::test]
async fn a_flow_that_does_not_load_gets_no_name() {
    if !has(BASE) {
        return;
    }
    let failing = |script: &str| Flow::new("unwell", script);
    for (script, said) in [
        (
            "#!/bin/sh\necho libssl.so.3: not found >&2; exit 127\n",
            "with exit code 127\n    libssl.so.3: not found",
        ),
        ("#!/bin/sh\n", "listed no flow"),
        // Said by the container or by the engine, after what each engine does with such a file.
        ("#!/no/such/interpreter\n", "no such file or directory"),
    ] {
        let flow = failing(script);
        let label = format!("castra.test={}", flow.name);
        let commands = vec![format!("LABEL {label}")];
        let storage = DockerStorage { extra_dockerfile_commands: commands, ..flow.storage("unwell", BASE) };
        let error = stored(&storage).await.0.unwrap_err();
        assert!(error.contains(said), "{error}");
        assert!(flow.tags().is_empty());
        let left = docker(&["images", "--quiet", "--filter", &format!("label={label}")]).unwrap();
        assert_eq!(left, "", "the image that was built is gone");
    }
}

#[tokio::test]
async fn a_base_to_which_nothing_is_added_stays() {
    if !has(PREFECT) {
        return;
    }
    let flow = Flow::new("nothing", "");
    let flows = PythonFlows {
        paths: [("etl".to_owned(), "/nowhere.py".to_owned())].into(),
        stored_as_script: true,
        prefect_is_castra: false,
        checked: true,
    };
    let storage = DockerStorage { flow: FlowFile::Python(flows), ..flow.storage("nothing", PREFECT) };
    let error = stored(&storage).await.0.unwrap_err();
    assert!(error.contains("No module named 'castra'"), "{error}");
    assert!(has(PREFECT) && flow.tags().is_empty());
}

#[tokio::test]
async fn a_prefect_flow_loads_where_python_and_prefect_are() {
    if !has(PREFECT) || !has(BASE) {
        return;
    }
    let text = "from prefect import Flow, task\nprint('loading')\nwith Flow('daily') as flow:\n    task(lambda: 1, name='one')()\n";
    let flow = Flow::new("daily.py", text);
    let loaded = stored(&flow.storage("daily.py", PREFECT)).await.0.unwrap();
    assert_eq!(loaded.storage["flows"], serde_json::json!({"daily": "/opt/prefect/flows/daily.py"}));

    let error = stored(&flow.storage("daily.py", BASE)).await.0.unwrap_err();
    assert!(error.contains("did not start: ") && error.contains("python"), "{error}");

    fs::write(flow.path("daily.py"), "import no_such_module").unwrap();
    let error = stored(&flow.storage("daily.py", PREFECT)).await.0.unwrap_err();
    assert!(error.contains("No module named 'no_such_module'"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named() {
    let storage = DockerStorage::new(
        FlowFile::new(Path::new("/no/such/flow")),
        Base::Image { name: BASE.into(), local: true },
    );
    insta::assert_snapshot!(stored(&storage).await.0.unwrap_err(), @"reading /no/such/flow for the image: No such file or directory (os error 2)");
}
