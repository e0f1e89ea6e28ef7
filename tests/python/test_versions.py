"""The package can be imported, every module of it, by every Python from 3.9 on that is on this machine."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import REPOSITORY

# All but the one that is run rather than imported.
EVERY_MODULE = """
import importlib, pkgutil, castra
for module in pkgutil.walk_packages(castra.__path__, "castra."):
    if module.name != "castra.__main__":
        importlib.import_module(module.name)
"""


def python_of(version: str):
    """A Python of this version: of the system, or one that pyenv has installed."""
    installed = Path.home().glob(f".pyenv/versions/{version}.*/bin/python")
    for python in (shutil.which(f"python{version}"), *installed):
        if python is not None and subprocess.run([python, "-c", ""], capture_output=True).returncode == 0:
            return python
    pytest.skip(f"LEFT OUT: there is no Python {version}")


@pytest.mark.parametrize("version", [f"3.{minor}" for minor in range(9, 15)])
def test_every_module_is_imported(version):
    python = python_of(version)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "crates/castra-python/python"), "PYTHONDONTWRITEBYTECODE": "1"}
    finished = subprocess.run([python, "-c", EVERY_MODULE], env=environment, capture_output=True, text=True, timeout=60)
    assert finished.returncode == 0, finished.stderr
