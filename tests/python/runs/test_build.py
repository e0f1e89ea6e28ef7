"""`castra build --path` puts flows into their storages and writes them into a file; `castra register --json` registers what is there."""

import json
import subprocess
import textwrap

import pytest

from castra import Flow
from castra.engine.state import Success
from castra.runs import flows_file
from castra.runs.registration import registered_form
from castra.storage import Module

FLOWS = """
    from castra import Flow, task
    from castra.storage import Local

    @task
    def one():
        return 1

    storage = Local({directory!r})
    with Flow("built first", storage=storage) as first:
        one()

    with Flow("built second", storage=storage) as second:
        one()
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with two flows in a file, and a file without any; their storage is another folder."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/flows.py").write_text(textwrap.dedent(FLOWS.format(directory=str(tmp_path / "stored"))))
    (tmp_path / "flows/helper.py").write_text("")
    return tmp_path


def names(path):
    return [flow["name"] for flow in json.loads(path.read_text())["flows"]]


def test_flows_are_stored_now_and_registered_later(castra, folder):
    file = folder / "flows.json"
    told = castra("build", "--path", folder / "flows", "--json", file, "--label", "gpu")
    assert told == f"built 'built first', 'built second': `castra register --json {file}` registers them\n"
    assert len(list((folder / "stored").iterdir())) == 2
    written = json.loads(file.read_text())
    assert written["version"] == 1
    assert "gpu" in written["flows"][0]["run_config"]["labels"]
    # What is registered needs the file no more.
    (folder / "flows/flows.py").unlink()

    told = castra("register", "--json", file, "--project", "demo", "--label", "later", "--name", "built second")
    assert told.startswith("registered `built second` as ")
    data = castra.client.graphql('{ flow(where: {name: {_in: ["built first", "built second"]}}) { name run_config } }')["data"]
    ((name, labels),) = [(flow["name"], flow["run_config"]["labels"]) for flow in data["flow"]]
    assert name == "built second" and {"gpu", "later"} < set(labels)


def test_a_flow_that_was_built_runs(castra, folder):
    file = folder / "flows.json"
    castra("build", "--path", folder / "flows", "--json", file, "--name", "built first")
    castra("register", "--json", file, "--project", "demo")
    (folder / "flows/flows.py").unlink()
    data = castra.client.graphql('{ flow(where: {name: {_eq: "built first"}}) { id } }')["data"]
    flow_run = castra.client.create_flow_run(flow_id=data["flow"][0]["id"])
    assert type(castra.client.wait_for_flow_run(flow_run, poll_interval=0.05)) is Success


def test_what_goes_wrong_is_said(castra, folder):
    def error(*arguments):
        command = [castra.binary, *map(str, arguments)]
        finished = subprocess.run(command, env=castra.environment, capture_output=True, text=True, timeout=60)
        assert finished.returncode != 0
        return finished.stderr

    file = folder / "flows.json"
    assert "there is no flow 'nobody' in" in error("build", "--path", folder / "flows", "--json", file, "--name", "nobody")
    assert not file.exists()
    file.write_text("{}")
    assert "is no file of flows, which `castra build --path` writes" in error("register", "--json", file, "--project", "demo")
    castra("build", "--path", folder / "flows", "--json", file)
    assert "there is no project" in error("register", "--json", file, "--project", "nowhere")
    assert "there is no flow `nobody` in" in error("register", "--json", file, "--project", "demo", "--name", "nobody")


def stored(name):
    return registered_form(Flow(name, storage=Module("flows")))


def test_a_file_is_written_anew_or_updated(tmp_path):
    path = tmp_path / "flows.json"
    flows_file.write(str(path), [stored("two")], update=True)
    flows_file.write(str(path), [stored("one")], update=True)
    assert names(path) == ["one", "two"]
    flows_file.write(str(path), [stored("three")], update=False)
    assert names(path) == ["three"]


@pytest.mark.parametrize(("text", "said"), [("flows", "is to be updated, but is no JSON"), ("[]", "is to be updated, but is no file of flows")])
def test_only_such_a_file_is_updated(tmp_path, text, said):
    path = tmp_path / "flows.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=said):
        flows_file.write(str(path), [stored("one")], update=True)
    assert path.read_text() == text
