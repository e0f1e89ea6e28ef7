"""A server and a local agent of their own, as people start them."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from castra.client import Client

PACKAGE = Path(__file__).parents[2] / "crates/castra-python/python"


class Castra:
    """The command `castra`, and a server that it talks to."""

    def __init__(self, binary: str, folder: Path):
        self.binary = binary
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.api = f"http://127.0.0.1:{free.getsockname()[1]}"
        self.environment = {
            **os.environ,
            "CASTRA_API": self.api,
            "CASTRA_HOME": str(folder / "home"),
            "PYTHONPATH": str(PACKAGE),
            "PYTHONDONTWRITEBYTECODE": "1",
            # The command finds the Python of the tests.
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        self.processes = []

    def start(self, *arguments):
        log = open(self.folder / f"{arguments[0]}.log", "w")
        command = [self.binary, *map(str, arguments)]
        self.processes.append(subprocess.Popen(command, env=self.environment, stdout=log, stderr=log))

    def __call__(self, *arguments, python=False):
        """Runs the command, or `python -m castra`, and gives what it prints."""
        command = [sys.executable, "-m", "castra"] if python else [self.binary]
        finished = subprocess.run(
            [*command, *map(str, arguments)], env=self.environment, capture_output=True, text=True, timeout=60
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    def script(self, path):
        """Runs a Python file as people do, and gives what it prints."""
        finished = subprocess.run(
            [sys.executable, str(path)], env=self.environment, capture_output=True, text=True, timeout=60
        )
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    @property
    def client(self):
        return Client(self.api)

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait(timeout=30)


def ready(api):
    try:
        return urllib.request.urlopen(f"{api}/ready", timeout=5).status == 200
    except OSError:
        return False


@pytest.fixture(scope="session")
def castra(tmp_path_factory):
    """The command, with a server, a local agent and the project `demo`."""
    binary = os.environ.get("CASTRA_BIN")
    if binary is None:
        pytest.skip("LEFT OUT: set CASTRA_BIN to the command `castra`; `cargo xtask test` builds one")
    castra = Castra(binary, tmp_path_factory.mktemp("castra"))
    try:
        port = castra.api.rpartition(":")[2]
        castra.start("server", "start", "--port", port, "--database", castra.folder / "castra.sqlite")
        deadline = time.monotonic() + 30
        while not ready(castra.api):
            assert time.monotonic() < deadline, (castra.folder / "server.log").read_text()
            time.sleep(0.05)
        castra.client.create_project("demo")
        castra.start("agent", "local", "start", "--state-dir", castra.folder / "agent")
        yield castra
    finally:
        castra.stop()
