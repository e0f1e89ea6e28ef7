"""Tests of the Python package; they mirror its modules. Those that compare with the real prefect 1.4.1 run it in a Python of its own."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

# A shell has what it starts in the background ignore Ctrl-C, and so do its children; those of the tests hear it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

REPOSITORY = Path(__file__).parents[2]

pytest_plugins = ["command", "clouds", "registry"]


@pytest.fixture(scope="session")
def prefect():
    """Runs a script of `tests/prefect1` with the real prefect and returns the JSON that it prints, line by line."""
    python = os.environ.get("CASTRA_PREFECT1_PYTHON")
    if python is None:
        pytest.skip("LEFT OUT: set CASTRA_PREFECT1_PYTHON to a Python that has prefect==1.4.1; `cargo xtask test` makes one")

    def run(script: str, *arguments: str) -> list:
        finished = subprocess.run(
            [python, REPOSITORY / "tests/prefect1" / script, *arguments],
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert finished.returncode == 0, finished.stderr
        return [json.loads(line) for line in finished.stdout.splitlines()]

    return run
