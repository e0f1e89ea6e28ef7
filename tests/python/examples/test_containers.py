"""The example for Docker is run in a container by a Docker agent: `python -m castra` in the image finds the flow's file there."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
# What `cargo xtask test` builds: a Python, and what castra needs beside itself.
BASE = "castra-test/prefect:1"
# The image that the examples name.
IMAGE = "castra-examples:1"
# In place of the examples' own Dockerfile, which needs images of the outside world.
DOCKERFILE = f"FROM {BASE}\nCOPY . /\nENV PYTHONPATH=/opt/castra:/opt/prefect1\n"


def docker(*arguments):
    return subprocess.run(["docker", *map(str, arguments)], capture_output=True, text=True, timeout=110)


@pytest.fixture
def image(castra_for_containers, tmp_path):
    """The image with the examples in it."""
    if docker("image", "inspect", BASE).returncode != 0:
        pytest.skip(f"LEFT OUT: there is no image {BASE}; tests/images/prefect1.sh builds it")
    shutil.copytree(REPOSITORY / "crates/castra-python/python/castra", tmp_path / "opt/castra/castra")
    shutil.copytree(REPOSITORY / "examples/python", tmp_path / "flows")
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    built = docker("build", "--quiet", "--tag", IMAGE, tmp_path)
    assert built.returncode == 0, built.stderr
    yield IMAGE
    docker("rmi", "--force", IMAGE)
    shutil.rmtree(tmp_path)


def test_the_example_for_docker_runs_in_a_container(castra_for_containers, image):
    castra_for_containers("register", REPOSITORY / "examples/python/docker/flow.py", "--project", "demo")
    told = castra_for_containers("run", "--name", "container", "--watch")
    assert "GREETING is 'hello'" in told
    assert "Success" in told
    # The agent must not be ended before: it would leave the container to whoever comes after it.
    deadline = time.monotonic() + 30
    while docker("ps", "--all", "--quiet", "--filter", f"ancestor={image}").stdout:
        assert time.monotonic() < deadline, "the container is not removed"
        time.sleep(0.1)
