//! What stands for the clouds in tests: moto for AWS, Google's own protobuf types for Vertex AI and an emulator of its storage,
//! Microsoft's Azurite for Azure Storage.

use std::process::Command;

use anyhow::Result;

use crate::npm_packages::{self, NpmPackages};
use crate::python_environment::PythonEnvironment;

/// The environment variable by which tests find the Python that has those written in Python.
pub(crate) const PYTHON: &str = "CASTRA_CLOUDS_PYTHON";

/// The environment with them in it.
pub(crate) const ENVIRONMENT: PythonEnvironment =
    PythonEnvironment { name: "clouds", requirements: "tests/clouds/requirements.txt" };

/// The environment variable by which tests find Azurite.
const AZURITE: &str = "CASTRA_AZURITE";

/// What npm fetches.
const PACKAGES: NpmPackages = NpmPackages { name: "azurite", pins: "tests/clouds/package.json" };

/// Whether Azurite can be had. The tests that need it say that they are left out without it.
///
/// # Errors
/// In words, what is missing and how to have it.
pub(crate) fn azurite_possible() -> Result<(), String> {
    match npm_packages::possible() {
        true => Ok(()),
        false => Err("npm is needed for Azurite: install Node.js with npm".to_owned()),
    }
}

/// Fetches Azurite, at the version that is pinned.
///
/// # Errors
/// If npm fails.
pub(crate) fn prepare_azurite() -> Result<()> {
    PACKAGES.prepare()
}

/// Tells tests where Azurite is, if it is there.
pub(crate) fn name_azurite(tests: &mut Command) {
    let azurite = PACKAGES.file("azurite/dist/src/blob/main.js");
    if azurite.is_file() {
        tests.env(AZURITE, azurite);
    }
}
