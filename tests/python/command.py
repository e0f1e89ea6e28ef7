"""Servers and agents of their own, as people start them."""

import os
import signal
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
    """The command `castra`, and a server that it talks to, which listens on `host`."""

    def __init__(self, binary: str, folder: Path, host: str = "127.0.0.1"):
        self.binary = binary
        self.folder = folder
        self.host = host
        with socket.create_server((host, 0)) as free:
            self.port = free.getsockname()[1]
        self.api = f"http://{host}:{self.port}"
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

    def start_server(self):
        """Starts the server, with the project `demo`."""
        database = self.folder / "castra.sqlite"
        self.start("server", "start", "--host", self.host, "--port", self.port, "--database", database)
        deadline = time.monotonic() + 30
        while not ready(self.api):
            assert time.monotonic() < deadline, (self.folder / "server.log").read_text()
            time.sleep(0.05)
        self.client.create_project("demo")

    def start(self, *arguments):
        """Starts a server or an agent, as a shell does in the background: Ctrl-C is ignored there."""
        log = open(self.folder / f"{arguments[0]}.log", "w")
        command = [self.binary, *map(str, arguments)]
        started = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, preexec_fn=ignore_ctrl_c)
        self.processes.append(started)

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


def ignore_ctrl_c():
    """For a process that is not to hear Ctrl-C, nor what it starts."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def ready(api):
    try:
        return urllib.request.urlopen(f"{api}/ready", timeout=5).status == 200
    except OSError:
        return False


@pytest.fixture(scope="session")
def binary():
    """The command."""
    binary = os.environ.get("CASTRA_BIN")
    if binary is None:
        pytest.skip("LEFT OUT: set CASTRA_BIN to the command `castra`; `cargo xtask test` builds one")
    return binary


@pytest.fixture(scope="session")
def castra(binary, tmp_path_factory):
    """The command, with a server, a local agent and the project `demo`."""
    castra = Castra(binary, tmp_path_factory.mktemp("castra"))
    try:
        castra.start_server()
        castra.start("agent", "local", "start", "--state-dir", castra.folder / "agent")
        yield castra
    finally:
        castra.stop()


@pytest.fixture(scope="session")
def castra_for_containers(binary, tmp_path_factory):
    """The command, with a server that containers reach, a Docker agent and the project `demo`."""
    gateway = ["docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}"]
    try:
        host = subprocess.run(gateway, capture_output=True, text=True, check=True, timeout=30).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        pytest.skip("LEFT OUT: no Docker Engine answers; start one, or set DOCKER_HOST")
    castra = Castra(binary, tmp_path_factory.mktemp("castra-for-containers"), host)
    try:
        castra.start_server()
        castra.start("agent", "docker", "start", "--state-dir", castra.folder / "agent")
        yield castra
    finally:
        castra.stop()
