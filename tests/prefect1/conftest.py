"""One Castra server, one project with every flow of `flows/`, and both agents, shared by the whole session."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.agents import AGENTS
from support.client import client_environment, client_talking_to
from support.flows import FLOWS
from support.runs import Runs
from support.server import Server

PROJECT = "suite"


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    """An empty home, so that nothing of the user's own Prefect or Castra is read or written."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def server(home) -> str:
    """The address of a fresh server."""
    with Server(home) as server:
        yield server.address


@pytest.fixture(scope="session")
def environment(server, home) -> dict[str, str]:
    return client_environment(server, home)


@pytest.fixture(scope="session", autouse=True)
def client_configuration(server, home):
    """The client inside this process talks to the server, too."""
    with client_talking_to(server, home):
        yield


@pytest.fixture(scope="session")
def prefect_cli(environment):
    """Runs `prefect …` and returns what it printed; `check=False` allows it to fail."""

    def run(*arguments: str, check: bool = True, **variables: str) -> str:
        finished = subprocess.run(
            [sys.executable, "-m", "prefect", *arguments],
            env={**environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        if check and finished.returncode != 0:
            raise RuntimeError(f"prefect {' '.join(arguments)} exited with {finished.returncode}:\n{finished.stdout}")
        return finished.stdout

    return run


@pytest.fixture(scope="session")
def project(prefect_cli) -> str:
    """The project that holds every flow of `flows/`, registered by Prefect's own command."""
    prefect_cli("create", "project", PROJECT, "--description", "the flows of the suite")
    prefect_cli("register", "--project", PROJECT, "--path", str(FLOWS))
    return PROJECT


@pytest.fixture(scope="session")
def start_agent(environment, home):
    """Starts an agent of either kind for the length of a `with` block."""

    @contextmanager
    def start(kind: str, name: str, *options: str):
        agent = AGENTS[kind](name, options, environment, home)
        try:
            yield agent
        finally:
            agent.stop()

    return start


@pytest.fixture(scope="session", params=AGENTS)
def agent(request, start_agent):
    """An agent whose one label is its kind, so that each gets exactly the runs meant for it."""
    kind = request.param
    with start_agent(kind, kind, "--label", kind, "--no-hostname-label") as agent:
        yield agent


@pytest.fixture
def runs(agent, project) -> Runs:
    """Flow runs executed by the agent at hand."""
    return Runs(agent, project)
