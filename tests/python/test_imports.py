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
