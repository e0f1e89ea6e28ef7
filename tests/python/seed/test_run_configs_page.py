"""Every Python block of the page on run configs runs as it stands, with `prefect` meaning Castra, and means what it means to Prefect.

`run_configs.txt` holds the blocks verbatim and in order. One of them is no Python (an argument by position after one by name); it runs
with both by position.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from blocks import SEPARATOR, blocks_of

HERE = Path(__file__).parent
PAGE = HERE.parents[3] / "shared/seeds/run_configs.md"
NO_PYTHON = 'UniversalRun(env={"SOME_VAR": "value"}, ["label-1", "label-2"])'
BY_POSITION = 'UniversalRun({"SOME_VAR": "value"}, ["label-1", "label-2"])'
BLOCKS = blocks_of(HERE / "run_configs.txt")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The blocks, the one mended."""
    file = tmp_path_factory.mktemp("seed") / "run_configs.txt"
    file.write_text("".join(SEPARATOR + block.replace(NO_PYTHON, BY_POSITION) for block in BLOCKS))
    return file


@pytest.fixture(scope="module")
def run_configs(file):
    """What run config the flow has after each block."""
    finished = subprocess.run(
        [sys.executable, HERE / "run_blocks.py", file, "castra.prefect"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    return [json.loads(line) for line in finished.stdout.splitlines()]


@pytest.mark.skipif(not PAGE.exists(), reason="LEFT OUT: the page is not beside the repository")
def test_the_blocks_are_those_of_the_page():
    assert re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE) == BLOCKS


def test_one_block_is_no_python():
    [block] = [block for block in BLOCKS if NO_PYTHON in block]
    with pytest.raises(SyntaxError):
        compile(block, "block", "exec")


def test_every_block_runs(run_configs):
    assert len(run_configs) == len(BLOCKS) == 28
    assert run_configs[3]["env"] == {"SOME_VAR": "value"} and run_configs[3]["labels"] == ["label-1", "label-2"]
    assert run_configs[-1]["worker_pool_specs"][1]["container_spec"] == {"image": "my-image"}


def test_every_block_means_what_it_means_to_prefect(run_configs, file, prefect):
    prefects = prefect(HERE / "run_blocks.py", file)
    assert len(prefects) == len(BLOCKS)
    for block, ours, theirs in zip(BLOCKS, run_configs, prefects):
        for document in (ours, theirs):
            del document["__version__"]
        assert ours == theirs, block


def test_a_template_in_a_bucket_is_not_looked_at(run_configs):
    paths = [each["job_template_path"] for each in run_configs if each.get("job_template_path")]
    assert paths == ["s3://bucket/path/to/spec.yaml"]
