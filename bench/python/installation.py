"""A Castra of its own for measuring: a server, an agent, and two flows in Python, one of which has many mapped tasks."""

import os
import socket
import sqlite3
import subprocess
import time
import urllib.request
from pathlib import Path

FLOWS = """
from {package} import Flow, task

@task
def noop(x=None):
    pass

with Flow("many") as many:
    noop.map(list(range({tasks})))

with Flow("one") as one:
    noop()
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def wait_until_answers(address: str) -> None:
    """Returns once this address answers with 200; raises after a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if urllib.request.urlopen(address, timeout=5).status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"{address} does not answer")


class Processes:
    """What was started, with its output in a folder, and is stopped together."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._started = []

    def start(self, name: str, command: list, environment: dict) -> None:
        log = open(self.folder / f"{name}.log", "w")
        self._started.append(subprocess.Popen(list(map(str, command)), env=environment, stdout=log, stderr=log))

    def stop(self) -> None:
        for process in reversed(self._started):
            process.terminate()
            process.wait()


class Castra:
    """The command `castra` with a server, a local agent and the flows, written with `package` and run by `python`."""

    name = "castra"

    def __init__(self, folder: Path, python: str, tasks: int, package: str = "castra"):
        self.folder = folder
        self.python = python
        self.tasks = tasks
        self.package = package
        self.binary = os.environ["CASTRA_BIN"]
        self.port = free_port()
        path = f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**os.environ, "CASTRA_API": f"http://127.0.0.1:{self.port}", "PATH": path}
        self.processes = Processes(folder)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        database = ["--port", self.port, "--database", self.folder / "castra.sqlite"]
        self.processes.start("server", [self.binary, "server", "start", *database], self.environment)
        wait_until_answers(f"http://127.0.0.1:{self.port}/ready")
        self.flows = self.folder / "flows.py"
        self.flows.write_text(FLOWS.format(package=self.package, tasks=self.tasks))
        self.run("create", "project", "bench")
        self.register()
        self.start_agent()

    def register(self) -> None:
        self.run("register", self.flows, "--project", "bench")

    def start_agent(self) -> None:
        command = [self.binary, "agent", "local", "start", "--state-dir", self.folder / "agent"]
        self.processes.start("agent", command, self.environment)

    def run(self, *arguments) -> None:
        command = [self.binary, *map(str, arguments)]
        subprocess.run(command, env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def times(self, flow: str) -> tuple[float, float]:
        """Runs a flow once: the seconds from the run's creation to its end, and from its start to its end, as the server notes them."""
        self.run("run", "--name", flow, "--watch")
        row = sqlite3.connect(self.folder / "castra.sqlite").execute(
            """select (julianday(r.end_time) - julianday(r.created)) * 86400, (julianday(r.end_time) - julianday(r.start_time)) * 86400
               from flow_run r join flow f on f.id = r.flow_id where f.name = ? order by r.created desc limit 1""",
            [flow],
        )
        return row.fetchone()

    def stop(self) -> None:
        self.processes.stop()
