//! What stands for the clouds in tests: moto for AWS, Google's own protobuf types for Vertex AI.

use crate::python_environment::PythonEnvironment;

/// The environment variable by which tests find the Python that has them.
pub(crate) const PYTHON: &str = "CASTRA_CLOUDS_PYTHON";

/// The environment with them in it.
pub(crate) const ENVIRONMENT: PythonEnvironment =
    PythonEnvironment { name: "clouds", requirements: "tests/clouds/requirements.txt" };
