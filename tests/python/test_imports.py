"""What importing the package costs: nothing that Python has not imported itself, until it is asked for."""

import subprocess
import sys

import castra
import pytest

NEW = "import sys; before = set(sys.modules); import castra; print(*sorted(set(sys.modules) - before))"


def test_the_package_imports_nothing_else():
    output = subprocess.run([sys.executable, "-c", NEW], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True, text=True)
    assert output.stdout.split() == ["__future__", "castra", "castra._castra", "castra._lazy"]


@pytest.mark.parametrize("name", castra.__all__)
def test_every_name_is_there_when_it_is_asked_for(name):
    assert getattr(castra, name) is not None


def test_a_name_that_does_not_exist_is_told_of():
    with pytest.raises(AttributeError, match="module 'castra' has no attribute 'Flwo'"):
        castra.Flwo


SMALL_FLOW = """
import sys
before = set(sys.modules)
from castra import Flow, Parameter, task

@task
def one(x: int, y: str = "") -> int:
    return x

with Flow("small") as flow:
    one(Parameter("x", default=3), [2])

import castra.cli, castra.runs.tracked
from castra.runs.wire import wire_task
for each in flow.tasks:
    wire_task(each, each.name)
print(*sorted(set(sys.modules) - before))
"""


def test_a_run_of_a_small_flow_goes_without_what_is_slow_to_import():
    output = subprocess.run(
        [sys.executable, "-c", SMALL_FLOW], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True, text=True, check=True
    )
    slow = {"argparse", "dataclasses", "enum", "inspect", "json", "logging", "re", "tempfile", "traceback", "typing"}
    assert slow.isdisjoint(output.stdout.split())
