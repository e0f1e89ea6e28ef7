"""The agents that scenarios are executed by, behind one interface: `kind`, `wake`, `stop`.

The two local ones are started with the same options, those of `prefect agent local start`, and execute every scenario;
Castra's other agents execute those of `test_docker_run.py`, `test_kubernetes_run.py`, `test_ecs_run.py` and `test_vertex_run.py`.
"""

import json
import os
import sys
from pathlib import Path

import requests

from support.flows import FLOWS
from support.processes import Process, free_port


class PrefectAgent:
    """Prefect's own LocalAgent, started as its users start it."""

    kind = "prefect-agent"

    def __init__(self, name: str, options: tuple[str, ...], environment: dict[str, str], directory: Path):
        self._address = f"http://127.0.0.1:{free_port()}"
        command = [sys.executable, "-m", "prefect", "agent", "local", "start", "--agent-address", self._address]
        self._process = Process(
            [*command, "--name", name, *options], environment, directory / f"{name}.log", directory
        )
        self._process.wait_for_output("Waiting for flow runs", timeout=30)

    def wake(self) -> None:
        """Has the agent ask for work now: left alone, it sleeps up to 10 s between two questions."""
        try:
            requests.get(f"{self._address}/api/poke", timeout=5)
        except requests.ConnectionError:
            pass  # its little server opens a moment after the agent says that it waits

    def stop(self) -> None:
        self._process.stop()


class CastraAgent:
    """Castra's local agent, launching flow runs with the Python that runs these tests."""

    kind = "castra-agent"
    _command = ("local", "start", "--python", sys.executable)

    def __init__(self, name: str, options: tuple[str, ...], environment: dict[str, str], directory: Path):
        command = [os.environ["CASTRA_BIN"], "agent", *self._command, "--api", environment["PREFECT__CLOUD__API"]]
        self._process = Process(
            [*command, "--name", name, *options], environment, directory / f"{name}.log", directory
        )

    def wake(self) -> None:
        """Nothing to do: its claim waits at the server."""

    def kill(self) -> None:
        """Ends the agent without asking."""
        self._process.kill()

    def stop(self) -> None:
        self._process.stop()


class CastraDockerAgent(CastraAgent):
    """Castra's Docker agent; its containers see the flows where they are on this machine."""

    kind = "docker-agent"
    _command = ("docker", "start", "--no-pull", "--volume", f"{FLOWS}:{FLOWS}:ro")


class CastraKubernetesAgent(CastraAgent):
    """Castra's Kubernetes agent; its pods see the flows where they are on the node, which is this machine."""

    kind = "kubernetes-agent"

    def __init__(self, name: str, options: tuple[str, ...], environment: dict[str, str], directory: Path):
        template = directory / "job_template.json"
        template.write_text(json.dumps(job_template()))
        self._command = ("kubernetes", "start", "--job-template", str(template), "--image-pull-grace", "5")
        super().__init__(name, options, environment, directory)


class CastraEcsAgent(CastraAgent):
    """Castra's ECS agent; its tasks are processes of this machine."""

    kind = "ecs-agent"
    _command = ("ecs", "start", "--execution-role-arn", "arn:aws:iam::123456789012:role/execution")


class CastraVertexAgent(CastraAgent):
    """Castra's Vertex agent; its jobs are processes of this machine."""

    kind = "vertex-agent"
    _command = ("vertex", "start", "--project", "my-project")


def job_template() -> dict:
    """A job whose pod sees the flows; the rest is the agent's."""
    volume = {"name": "flows", "hostPath": {"path": str(FLOWS)}}
    mount = {"name": "flows", "mountPath": str(FLOWS), "readOnly": True}
    pod = {"volumes": [volume], "containers": [{"name": "flow", "volumeMounts": [mount]}]}
    return {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": pod}}}


AGENTS = {agent.kind: agent for agent in (PrefectAgent, CastraAgent)}
