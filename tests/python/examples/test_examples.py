"""The examples in Python run as they stand, and carry the run config that their folder is named for."""

from pathlib import Path

import pytest

from castra.runs.loading import flows_of

EXAMPLES = Path(__file__).parents[3] / "examples/python"
RUN_CONFIGS = {
    "universal": "UniversalRun",
    "local": "LocalRun",
    "docker": "DockerRun",
    "kubernetes": "KubernetesRun",
    "ecs": "ECSRun",
    "vertex": "VertexRun",
}


@pytest.mark.parametrize(("folder", "run_config"), RUN_CONFIGS.items())
def test_an_example_runs_here_and_carries_its_run_config(folder, run_config):
    (flow,) = flows_of(EXAMPLES / folder / "flow.py").values()
    assert flow.run_config.serialize()["type"] == run_config
    assert flow.run().is_successful()


def test_every_folder_is_an_example_of_the_table():
    assert {path.name for path in EXAMPLES.iterdir() if path.is_dir()} - {"__pycache__"} == set(RUN_CONFIGS)


@pytest.mark.parametrize("folder", ["docker", "kubernetes", "ecs", "vertex"])
def test_the_image_holds_the_file_that_the_storage_names(folder):
    (flow,) = flows_of(EXAMPLES / folder / "flow.py").values()
    assert f"COPY {folder} {Path(flow.storage.path).parent}" in (EXAMPLES / "Dockerfile").read_text()


def test_the_quickstart_runs_the_example_in_python(castra):
    shown = castra("quickstart", "--exit", "--port", "0")
    assert "primes up to 20,000" in shown and "left out" not in shown, shown
