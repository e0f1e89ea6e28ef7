"""`pip install .`: one wheel with the package, its types and the command."""

import os
import shutil
import subprocess
import sys

import pytest
from conftest import REPOSITORY

DEBUGGING = "build-args=--profile dev"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Where the wheel is installed, built for debugging."""
    if "CASTRA_BIN" not in os.environ:
        pytest.skip("LEFT OUT: set CASTRA_BIN to the command that goes into the wheel; `cargo xtask test` builds one")
    place = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--config-settings", DEBUGGING, "--target", place]
    # The build looks for maturin where commands are.
    commands = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    install = [sys.executable, "-m", "pip", "install", "--quiet", *options, REPOSITORY]
    finished = subprocess.run(install, env={**os.environ, "PATH": commands}, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    yield place
    shutil.rmtree(place)


def output(installed, *command) -> str:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(installed)}
    finished = subprocess.run(command, env=environment, cwd=installed, capture_output=True, text=True, timeout=60)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


@pytest.mark.timeout(600)
def test_the_package_is_there(installed):
    script = "import castra; from castra.run_configs import UniversalRun; print(castra.__file__, UniversalRun())"
    assert output(installed, sys.executable, "-c", script) == f"{installed}/castra/__init__.py UniversalRun()"


def test_the_types_are_there(installed):
    assert (installed / "castra/py.typed").exists() and (installed / "castra/_castra.pyi").exists()


def test_one_wheel_is_for_every_python_from_3_9_on(installed):
    [wheel] = installed.glob("castra-*.dist-info/WHEEL")
    assert "Tag: cp39-abi3-" in wheel.read_text()


def test_the_command_is_there_and_is_no_python(installed):
    command = installed / "bin/castra"
    assert command.read_bytes()[:2] != b"#!"
    assert output(installed, command, "--version").startswith("castra ")
