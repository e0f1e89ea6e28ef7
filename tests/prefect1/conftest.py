"""One Castra server, one project with every flow of `flows/`, and both agents, shared by the whole session."""

import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import pytest
from support import containers
from support.agents import AGENTS, CastraDockerAgent, CastraEcsAgent, CastraKubernetesAgent, CastraVertexAgent
from support.client import client_environment, client_talking_to
from support.clouds import Ecs
from support.flows import FLOWS
from support.processes import Process, free_port
from support.runs import Runs
from support.server import Server
from support.vertex import Vertex, in_place_of_an_image

PROJECT = "suite"
OTHER_AGENTS = {
    agent.kind: agent for agent in (CastraDockerAgent, CastraKubernetesAgent, CastraEcsAgent, CastraVertexAgent)
}
DEFAULT_IMAGE = "prefecthq/prefect:1.4.1"


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
    """Starts an agent of any kind for the length of a `with` block."""

    @contextmanager
    def start(kind: str, name: str, *options: str, **variables: str):
        agent = {**AGENTS, **OTHER_AGENTS}[kind](name, options, {**environment, **variables}, home)
        try:
            yield agent
        finally:
            agent.stop()

    return start


@pytest.fixture(scope="session")
def shared_agent(start_agent):
    """The agent of a kind, started when it is first asked for; its one label is its kind, so that each gets exactly the runs meant for it."""
    with ExitStack() as started:

        @cache
        def shared(kind: str):
            return started.enter_context(start_agent(kind, kind, "--label", kind, "--no-hostname-label"))

        yield shared


@pytest.fixture(scope="session", params=AGENTS)
def agent(request, shared_agent):
    """Either agent in turn."""
    return shared_agent(request.param)


@pytest.fixture
def runs(agent, project) -> Runs:
    """Flow runs executed by the agent at hand."""
    return Runs(agent, project)


def pytest_configure(config):
    """Where there are several workers, the process that has them removes what all of them use."""
    if not hasattr(config, "workerinput") and containers.docker_answers() and not containers.has_image(DEFAULT_IMAGE):
        config.add_cleanup(lambda: containers.remove_image(DEFAULT_IMAGE))


@pytest.fixture(scope="session")
def prefect_image() -> str:
    """An image with the real prefect in it, which is also Prefect's default image for as long as the tests run."""
    if not containers.docker_answers():
        pytest.skip("LEFT OUT: no Docker Engine answers; start one, or set DOCKER_HOST")
    image = containers.prepare_prefect_image()
    if not containers.has_image(DEFAULT_IMAGE):
        containers.output("docker", "tag", image, DEFAULT_IMAGE)
    return image


@pytest.fixture(scope="session")
def docker_agent(prefect_image, start_agent, environment):
    environment["CASTRA_LOG"] = "trace"
    with start_agent("docker-agent", "docker-agent", "--label", "docker-agent") as agent:
        yield agent


@pytest.fixture
def docker_runs(docker_agent, project) -> Runs:
    """Flow runs executed in containers."""
    return Runs(docker_agent, project)


@pytest.fixture(scope="session")
def s3(home) -> str | None:
    """The address of an S3 that stands for Amazon's, or None if there is none here."""
    python = os.environ.get("CASTRA_CLOUDS_PYTHON")
    if python is None:
        yield None
        return
    port = free_port()
    process = Process([python, "-m", "moto.server", "--port", str(port)], dict(os.environ), home / "moto.log", home)
    process.wait_for_output("Running on", timeout=30)
    yield f"http://127.0.0.1:{port}"
    process.stop()


@pytest.fixture(scope="session")
def cluster(prefect_image) -> None:
    """A Kubernetes cluster with the image."""
    if not containers.kubernetes_answers():
        pytest.skip("LEFT OUT: no Kubernetes cluster answers; set KUBECONFIG to one whose nodes are this machine")


@pytest.fixture(scope="session")
def kubernetes_agent(cluster, start_agent, s3, environment):
    if s3 is not None:
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
        environment.update(keys, AWS_ENDPOINT_URL=s3, AWS_ALLOW_HTTP="true")
    with start_agent("kubernetes-agent", "kubernetes-agent", "--label", "kubernetes-agent") as agent:
        yield agent


@pytest.fixture
def kubernetes_runs(kubernetes_agent, project) -> Runs:
    """Flow runs executed as Kubernetes jobs."""
    return Runs(kubernetes_agent, project)


@pytest.fixture(scope="session")
def aws(home) -> Ecs:
    """What stands for AWS."""
    python = os.environ.get("CASTRA_CLOUDS_PYTHON")
    if python is None:
        pytest.skip("LEFT OUT: set CASTRA_CLOUDS_PYTHON to a Python that has tests/clouds/requirements.txt")
    aws = Ecs(python, home)
    yield aws
    aws.stop()


@pytest.fixture(scope="session")
def start_ecs_agent(aws, start_agent, environment):
    """Starts an ECS agent as `start_agent` does."""

    def start(name: str, *options: str):
        keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "s3cr3t", "AWS_REGION": "us-east-1"}
        environment.update(keys, AWS_ENDPOINT_URL=aws.address, AWS_ALLOW_HTTP="true")
        return start_agent("ecs-agent", name, *options)

    return start


@pytest.fixture(scope="session")
def ecs_agent(start_ecs_agent):
    with start_ecs_agent("ecs-agent", "--label", "ecs-agent") as agent:
        yield agent


@pytest.fixture
def ecs_runs(ecs_agent, project) -> Runs:
    """Flow runs executed as tasks of ECS."""
    return Runs(ecs_agent, project)


@pytest.fixture(scope="session")
def vertex(home):
    """A JobService that stands for Google's."""
    python = os.environ.get("CASTRA_CLOUDS_PYTHON")
    if python is None:
        pytest.skip("LEFT OUT: set CASTRA_CLOUDS_PYTHON to a Python with Google's types, which stand for Vertex AI")
    vertex = Vertex(python, home)
    yield vertex
    vertex.stop()


@pytest.fixture(scope="session")
def vertex_agent(vertex, start_agent, environment, home):
    environment.update(vertex.variables(), CASTRA_LOG="trace")
    options = in_place_of_an_image(home)
    with start_agent("vertex-agent", "vertex-agent", "--label", "vertex-agent", *options) as agent:
        yield agent


@pytest.fixture
def vertex_runs(vertex_agent, project) -> Runs:
    """Flow runs executed as custom jobs."""
    return Runs(vertex_agent, project)
