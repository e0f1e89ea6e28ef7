"""The types of the package hold together, and are those that users see."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY

SAMPLE = Path(__file__).parent / "sample.py"
PACKAGE = REPOSITORY / "crates/castra-python/python"


@pytest.fixture(scope="module")
def mypy(tmp_path_factory):
    cache = tmp_path_factory.mktemp("mypy")

    def run(*arguments) -> list[str]:
        options = ["--strict", "--no-error-summary", "--hide-error-context", "--cache-dir", cache]
        finished = subprocess.run(
            [sys.executable, "-m", "mypy", *options, *arguments], cwd=PACKAGE, capture_output=True, text=True, timeout=110
        )
        assert not finished.stderr, finished.stderr
        return [line for line in finished.stdout.splitlines() if ": note:" not in line]

    return run


def test_the_package_is_typed_throughout(mypy):
    assert mypy("--package", "castra") == []


def test_users_see_their_mistakes(mypy):
    """`sample.py` says at the end of a line which errors are expected there."""
    expected = {
        (number, code)
        for number, line in enumerate(SAMPLE.read_text().splitlines(), start=1)
        for code in re.findall(r"[a-z-]+", line.partition("# E: ")[2])
    }
    found = {
        (int(number), code) for number, code in re.findall(r"sample\.py:(\d+): error: .*\[([a-z-]+)\]$", "\n".join(mypy(SAMPLE)), re.M)
    }
    assert found == expected


def test_what_is_native_is_as_its_stub_says():
    environment = {**os.environ, "MYPYPATH": str(PACKAGE), "PYTHONPATH": str(PACKAGE)}
    command = [sys.executable, "-m", "mypy.stubtest", "castra._castra", "--allowlist", SAMPLE.parent / "allowed.txt"]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=110)
    assert finished.returncode == 0, finished.stdout
