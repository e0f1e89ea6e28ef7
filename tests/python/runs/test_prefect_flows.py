"""A file that imports `prefect` is run, and registered and run by an agent, with `--prefect`: `prefect` then means Castra."""

import subprocess
import textwrap

import pytest

FLOW = """
    import os
    import prefect
    from prefect import Flow, Parameter, task
    from prefect.engine import signals
    from prefect.run_configs import LocalRun

    @task
    def greet(name):
        if not prefect.__file__.endswith("castra/__init__.py"):
            raise signals.FAIL("this is not Castra")
        return f"{os.environ.get('GREETING', 'hello')} {name}"

    with Flow("unmodified", run_config=LocalRun(env={"GREETING": "good day"})) as flow:
        greet(Parameter("name", default="you"))
"""


@pytest.fixture
def flow_file(tmp_path):
    path = tmp_path / "flow.py"
    path.write_text(textwrap.dedent(FLOW))
    return path


def test_it_runs_here(castra, flow_file):
    castra("run", "--path", flow_file, "--prefect")


def test_it_is_registered_and_run_by_an_agent(castra, flow_file):
    castra("register", flow_file, "--project", "demo", "--prefect")
    castra("run", "--name", "unmodified", "--watch")


def test_without_the_option_prefect_is_the_real_one(castra, flow_file):
    command = [castra.binary, "run", "--path", flow_file]
    finished = subprocess.run(command, env=castra.environment, capture_output=True, text=True, timeout=60)
    assert finished.returncode == 1
    assert "No module named 'prefect'" in finished.stderr
