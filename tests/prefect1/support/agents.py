"""The two agents that every scenario is executed by, behind one interface: `label`, `wake`, `stop`."""

import os
import socket
import sys
from pathlib import Path

import requests

from support.processes import Process


class PrefectAgent:
    """Prefect's own LocalAgent, started as its users start it."""

    def __init__(self, label: str | None, name: str, environment: dict[str, str], directory: Path):
        self.label = label
        self._address = f"http://127.0.0.1:{_free_port()}"
        command = [sys.executable, "-m", "prefect", "agent", "local", "start", "--no-hostname-label"]
        command += ["--name", name, "--agent-address", self._address]
        command += ["--label", label] if label else []
        self._process = Process(command, environment, directory / f"{name}.log", directory)
        self._process.wait_for_output("Waiting for flow runs", timeout=30)

    def wake(self) -> None:
        """Has the agent ask for work now: left alone, it sleeps up to 10 s between two questions."""
        try:
            requests.get(f"{self._address}/api/poke", timeout=5)
        except requests.ConnectionError:
            pass  # its little server opens a moment after the agent says that it waits

    def output(self) -> str:
        return self._process.output()

    def stop(self) -> None:
        self._process.stop()


class CastraAgent:
    """Castra's local agent, launching flow runs with the Python that runs these tests."""

    def __init__(self, label: str | None, name: str, environment: dict[str, str], directory: Path):
        self.label = label
        command = [os.environ["CASTRA_BIN"], "agent", "local", "start", "--no-hostname-label"]
        command += ["--name", name, "--api", environment["PREFECT__CLOUD__API"], "--python", sys.executable]
        command += ["--label", label] if label else []
        self._process = Process(command, environment, directory / f"{name}.log", directory)

    def wake(self) -> None:
        """Nothing to do: its claim waits at the server."""

    def output(self) -> str:
        return self._process.output()

    def stop(self) -> None:
        self._process.stop()


AGENTS = {"prefect-agent": PrefectAgent, "castra-agent": CastraAgent}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
