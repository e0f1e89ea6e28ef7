//! The Docker engine that tests use: whichever answers at `DOCKER_HOST`, else at its default socket.

use std::process::Command;

/// An image that `tests/images/base.sh` makes: a shell, and the libraries that a Rust binary needs.
pub(crate) const BASE: &str = "castra-test/base:1";

/// What the `docker` command prints; `None` if it fails.
pub(crate) fn docker(arguments: &[&str]) -> Option<String> {
    let output = Command::new("docker").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

/// Whether an engine answers that has the base image; if not, says what is left out.
pub(crate) fn answers() -> bool {
    let found = docker(&["image", "inspect", BASE]).is_some();
    if !found {
        println!(
            "LEFT OUT: no Docker engine answers, or it has no image {BASE}: tests/images/base.sh makes it"
        );
    }
    found
}

/// The address of this machine as containers on the engine's default bridge see it: their way out.
pub(crate) fn host_address() -> String {
    docker(&["run", "--rm", BASE, "sh", "-c", "ip route | awk '/^default/ { print $3 }'"]).unwrap()
}

/// A name for images of one test; all that have it are removed in the end.
pub(crate) struct ImageName(pub(crate) String);

impl ImageName {
    pub(crate) fn new(purpose: &str) -> Self {
        Self(format!("castra-test/{purpose}-{}", rand::random::<u32>()))
    }

    /// The images of this name, with their tags.
    pub(crate) fn images(&self) -> Vec<String> {
        let listed = docker(&["images", "--format", "{{.Repository}}:{{.Tag}}", &self.0]).unwrap_or_default();
        listed.lines().map(str::to_owned).collect()
    }
}

impl Drop for ImageName {
    fn drop(&mut self) {
        for image in self.images() {
            docker(&["image", "rm", "--force", &image]);
        }
    }
}

/// Builds the repository's `Dockerfile` with the binary of these tests, on the base image and without BuildKit.
pub(crate) fn castra_image(name: &ImageName) -> String {
    let sent = tempfile::tempdir().unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_castra"), sent.path().join("castra")).unwrap();
    let image = format!("{}:1", name.0);
    let built = Command::new("docker")
        .env("DOCKER_BUILDKIT", "0")
        .args(["build", "--build-arg", "CASTRA=castra", "--build-arg", &format!("BASE_IMAGE={BASE}")])
        .args(["--file", concat!(env!("CARGO_MANIFEST_DIR"), "/../../Dockerfile"), "--tag", &image])
        .arg(sent.path())
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    image
}
