"""Flows written for Prefect 1 end as with the real prefect 1.4.1: the same states, results, children, and the same registered form."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
FILE = "local_runs.py"


@pytest.fixture(scope="module")
def by_castra():
    script = f"import castra.prefect, runpy; runpy.run_path({str(REPOSITORY / 'tests/prefect1' / FILE)!r}, run_name='__main__')"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "crates/castra-python/python")}
    finished = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=100
    )
    assert finished.returncode == 0, finished.stderr
    return [json.loads(line) for line in finished.stdout.splitlines()]


def test_runs_end_as_with_prefect(prefect, by_castra):
    by_prefect = prefect(FILE)
    assert len(by_prefect) == len(by_castra) > 20
    for (name, end, tasks, _), (_, our_end, our_tasks, _) in zip(by_prefect, by_castra):
        assert (name, our_end, our_tasks) == (name, end, tasks)


def test_flows_are_registered_as_by_prefect(prefect, by_castra):
    for (name, _, _, wire), (_, _, _, our_wire) in zip(prefect(FILE), by_castra):
        assert (name, our_wire) == (name, wire)
