"""Prefect's own command line reads, runs, registers and deletes."""

import json
import os
import re
import subprocess
from textwrap import dedent

import pytest
from prefect.backend import FlowRunView, FlowView
from support.flows import FLOWS
from support.runs import Runs, state_names

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
TIME = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?([+-]\d{2}:\d{2}|Z)?"
AGE = r"(a few|\d+) (second|minute)s? ago"


def masked(printed: str) -> str:
    """The text with what differs from day to day masked, and with runs of spaces made one."""
    for pattern, mask in ((UUID, "<id>"), (TIME, "<time>"), (AGE, "<age>")):
        printed = re.sub(pattern, mask, printed)
    return "\n".join(re.sub(r" {2,}", " ", line.rstrip()) for line in printed.strip().splitlines())


def text(expected: str) -> str:
    return dedent(expected).strip()


@pytest.fixture(scope="module")
def failed_run(agent, project):
    """A finished run with a name of its own, that the commands look at."""
    return Runs(agent, project).run("failing", run_name=f"failing by {agent.kind}")


def test_create_project_twice_is_harmless(prefect_cli):
    assert prefect_cli("create", "project", "short-lived") == "short-lived created\n"
    assert prefect_cli("create", "project", "short-lived") == "short-lived created\n"
    assert prefect_cli("create", "project", "short-lived", "--skip-if-exists") == "short-lived already exists\n"
    assert prefect_cli("delete", "project", "short-lived") == "short-lived deleted\n"
    assert "Project short-lived not found." in prefect_cli("delete", "project", "short-lived")


def test_create_tenant(prefect_cli):
    printed = prefect_cli("server", "create-tenant", "--name", "second", "--slug", "second")
    assert masked(printed) == "Tenant created with ID: <id>"


def test_register_again_skips_what_has_not_changed(prefect_cli):
    def register(*options):
        path = str(FLOWS / "failing.py")
        return masked(prefect_cli("register", "--project", "registering", "--path", path, *options)).splitlines()

    prefect_cli("create", "project", "registering")
    assert register()[-4:-1] == [" Registering 'failing'... Done", " └── ID: <id>", " └── Version: 1"]
    assert register()[-2] == " Registering 'failing'... Skipped (metadata unchanged)"
    assert register("--force")[-2] == " └── Version: 2"
    assert register("--label", "dev")[-2] == " └── Version: 3"
    assert FlowView.from_flow_name("failing", project_name="registering").run_config.labels >= {"dev"}


def test_what_prefect_has_built_castra_registers(prefect_cli, server, tmp_path):
    built = tmp_path / "flows.json"
    prefect_cli("create", "project", "built")
    prefect_cli("build", "--path", str(FLOWS / "etl.py"), "--output", str(built))
    command = [os.environ["CASTRA_BIN"], "register", "--json", str(built), "--project", "built", "--label", "dev", "--api", server]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert told.stdout.startswith("registered `etl` as "), told.stderr
    view = FlowView.from_flow_name("etl", project_name="built")
    assert view.storage.path == str(FLOWS / "etl.py")
    assert view.run_config.labels >= {"dev"}


def test_get_projects(prefect_cli, project):
    printed = prefect_cli("get", "projects", "--name", project)
    assert re.fullmatch(
        r"NAME FLOW COUNT AGE DESCRIPTION\nsuite \d+ <age> the flows of the suite", masked(printed)
    )


def test_get_flows(prefect_cli, project):
    printed = prefect_cli("get", "flows", "--project", project, "--name", "retry soon")
    assert masked(printed) == text("""
        NAME VERSION AGE ID PROJECT NAME
        retry soon 1 <age> <id> suite
    """)


def test_get_tasks(prefect_cli, project):
    printed = prefect_cli("get", "tasks", "--flow-name", "etl", "--project", project)
    lines = masked(printed).splitlines()
    assert lines[0] == "NAME FLOW NAME FLOW VERSION AGE MAPPED TYPE"
    assert sorted(lines[1:]) == [
        "count etl 1 <age> False prefect.core.parameter.Parameter",
        "double etl 1 <age> True prefect.tasks.core.function.FunctionTask",
        "extract etl 1 <age> False prefect.tasks.core.function.FunctionTask",
        "greeting etl 1 <age> False prefect.tasks.core.function.FunctionTask",
        "load etl 1 <age> False prefect.tasks.core.function.FunctionTask",
    ]


def test_get_flow_runs(prefect_cli, project, failed_run):
    for options in ([], ["--started"]):
        printed = prefect_cli("get", "flow-runs", "--flow", "failing", "--project", project, "--limit", "99", *options)
        lines = masked(printed).splitlines()
        assert lines[0] == "NAME FLOW NAME STATE AGE START TIME ID"
        assert f"{failed_run.name} failing Failed <age> <time> <id>" in lines


def test_get_logs(prefect_cli, failed_run):
    for option in (["--name", failed_run.name], ["--id", failed_run.flow_run_id]):
        printed = masked(prefect_cli("get", "logs", *option))
        assert printed.splitlines()[0] == "TIMESTAMP LEVEL MESSAGE"
        assert "<time> INFO Beginning Flow run for 'failing'" in printed
        assert "<time> ERROR Task 'explode': Exception encountered during task execution!" in printed
        assert "RuntimeError: boom" in printed


def test_describe_flows(prefect_cli, project):
    described = json.loads(prefect_cli("describe", "flows", "--name", "retry soon", "--project", project))
    assert described.pop("storage")["path"] == str(FLOWS / "retrying.py")
    assert re.fullmatch(TIME, described.pop("created"))
    assert described == {
        "archived": False,
        "description": None,
        "environment": None,
        "name": "retry soon",
        "parameters": [],
        "project": {"name": "suite"},
        "version": 1,
    }


def test_describe_tasks(prefect_cli, project):
    (described,) = json.loads(prefect_cli("describe", "tasks", "--name", "retry soon", "--project", project))
    assert re.fullmatch(TIME, described.pop("created"))
    assert described == {
        "description": None,
        "mapped": False,
        "max_retries": 1,
        "name": "fail_once",
        "retry_delay": 1,
        "slug": "fail_once-1",
        "type": "prefect.tasks.core.function.FunctionTask",
    }


def test_describe_flow_runs(prefect_cli, failed_run):
    described = json.loads(prefect_cli("describe", "flow-runs", "--name", failed_run.name))
    state = described.pop("serialized_state")
    assert (state["type"], state["message"]) == ("Failed", "Some reference tasks failed.")
    for time in ("created", "scheduled_start_time", "start_time", "end_time"):
        assert re.fullmatch(TIME, described.pop(time))
    assert described == {
        "auto_scheduled": False,
        "flow": {"name": "failing"},
        "name": failed_run.name,
        "parameters": {},
    }


def test_what_is_not_there_is_named(prefect_cli):
    assert prefect_cli("describe", "flows", "--name", "nothing") == "nothing not found\n"
    assert prefect_cli("describe", "flow-runs", "--name", "nothing") == "nothing not found\n"
    assert prefect_cli("get", "logs", "--name", "nothing") == "nothing not found\n"
    unknown = prefect_cli("run", "--id", "00000000-0000-0000-0000-000000000000", check=False)
    assert "Failed to find flow id or flow group id matching" in unknown


def test_run_and_watch(prefect_cli, project, agent):
    options = ["--label", agent.kind, "--param", "count=2", "--run-name", f"watched by {agent.kind}", "--watch"]
    printed = prefect_cli("run", "--name", "etl", "--project", project, *options)

    assert f"└── Labels: ['{agent.kind}']\n└── Parameters: {{'count': 2}}\n" in printed
    for line in ("Entered state <Running>", "doubling 1", "Entered state <Success>", "Flow run succeeded!"):
        assert line in printed


def test_run_without_an_agent(prefect_cli, project):
    printed = prefect_cli(
        "run", "--name", "failing", "--project", project, "--execute", "--log-level", "DEBUG", check=False
    )

    assert "RuntimeError: boom" in printed
    assert printed.endswith("Flow run failed!\n")


def test_run_quietly_prints_the_id_alone(prefect_cli, project):
    flow_run_id = prefect_cli("run", "--name", "etl", "--project", project, "--label", "nowhere", "--quiet").strip()

    assert state_names(FlowRunView.from_flow_run_id(flow_run_id)) == ["Scheduled"]
