"""The page of the docs on Python says what is so."""

import re
import subprocess
import sys

import castra.run_configs
import pytest
from conftest import REPOSITORY

PAGE = (REPOSITORY / "docs/python.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
REFUSALS = re.findall(r"^>>> (.*)\n(\w+Error): (.*)$", PAGE, re.MULTILINE)
EXAMPLES = [
    (kind, *example)
    for kind in castra.run_configs.__all__
    for example in re.findall(r">>> (.*)\n +(.*)$", getattr(castra.run_configs, kind).__doc__, re.MULTILINE)
]


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_code_runs(block):
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    finished = subprocess.run([sys.executable, "-c", block], env=environment, capture_output=True, text=True, timeout=60)
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize(("expression", "error", "message"), REFUSALS)
def test_what_is_refused_is_refused_in_these_words(expression, error, message):
    with pytest.raises(Exception) as caught:
        eval(expression, vars(castra.run_configs))
    assert (type(caught.value).__name__, str(caught.value)) == (error, message)


@pytest.mark.parametrize(("kind", "expression", "shown"), EXAMPLES)
def test_examples_of_docstrings_show_what_they_say(kind, expression, shown):
    assert repr(eval(expression, vars(castra.run_configs))) == shown


def test_there_is_something_to_test():
    assert len(BLOCKS) >= 3 and len(REFUSALS) == 2 and len(EXAMPLES) == 6
