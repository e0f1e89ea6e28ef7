"""The two agents that every scenario is executed by, behind one interface: `kind`, `wake`, `stop`.

Both are started with the same options, those of `prefect agent local start`.
"""

import os
import socket
import sys
from pathlib import Path

import requests

from support.processes import Process


class PrefectAgent:
    """Prefect's own LocalAgent, started as its users start it."""

    kind = "prefect-agent"

    def __init__(self, name: str, options: tuple[str, ...], environment: dict[str, str], directory: Path):
        self._address = f"http://127.0.0.1:{_free_port()}"
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

    def __init__(self, name: str, options: tuple[str, ...], environment: dict[str, str], directory: Path):
        command = [os.environ["CASTRA_BIN"], "agent", "local", "start"]
        command += ["--api", environment["PREFECT__CLOUD__API"], "--python", sys.executable]
        self._process = Process(
            [*command, "--name", name, *options], environment, directory / f"{name}.log", directory
        )

    def wake(self) -> None:
        """Nothing to do: its claim waits at the server."""

    def stop(self) -> None:
        self._process.stop()


AGENTS = {agent.kind: agent for agent in (PrefectAgent, CastraAgent)}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
