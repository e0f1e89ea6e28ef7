"""Measures the Python package from outside, side by side with bare Python and, if CASTRA_PREFECT1_PYTHON names a Python that has it, with
the real prefect 1.4.1. Everything that is compared is measured in turn, so that a busy machine is busy for both.

    CASTRA_BIN=target/release/castra PYTHONPATH=crates/castra-python/python python bench/python/measure.py

The package's native module has to be a release build, or the figures say nothing.
"""

import compileall
import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import castra

ROUNDS = 15
TASKS = 10_000

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

LOCAL = """
import logging, time
logging.disable()
begun = time.perf_counter()
assert many.run().is_successful()
print(time.perf_counter() - begun)
"""


def median(values) -> float:
    return statistics.median(values)


def seconds(command, **options) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    return time.perf_counter() - begun


def milliseconds_over_bare(code: str) -> float:
    """How much longer Python takes with this code than without."""
    pairs = [(seconds([sys.executable, "-c", code]), seconds([sys.executable, "-c", "pass"])) for _ in range(ROUNDS)]
    return 1000 * median(ours - bare for ours, bare in pairs)


def local(python: str, package: str, tasks: int) -> float:
    """Mapped no-op tasks per second of `flow.run()`."""
    code = FLOWS.format(package=package, tasks=tasks) + LOCAL
    finished = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    return tasks / float(finished.stdout)


class Castra:
    """A server, a local agent and the flows, registered."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.binary = os.environ["CASTRA_BIN"]
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**os.environ, "CASTRA_API": f"http://127.0.0.1:{self.port}", "PATH": path}
        database = ["--port", str(self.port), "--database", str(folder / "castra.sqlite")]
        self.processes = [self.start("server", "start", *database)]
        while not self.ready():
            time.sleep(0.05)
        self.processes.append(self.start("agent", "local", "start", "--state-dir", str(folder / "agent")))
        (folder / "flows.py").write_text(FLOWS.format(package="castra", tasks=TASKS))
        self.run("create", "project", "bench")
        self.run("register", str(folder / "flows.py"), "--project", "bench")

    def start(self, *arguments):
        log = open(self.folder / f"{arguments[0]}.log", "w")
        return subprocess.Popen([self.binary, *arguments], env=self.environment, stdout=log, stderr=log)

    def ready(self) -> bool:
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=5).status == 200
        except OSError:
            return False

    def run(self, *arguments):
        subprocess.run([self.binary, *arguments], env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def times(self, flow: str, count: int) -> list[tuple[float, float]]:
        """The seconds from the creation of each run to its end, and from its start to its end, as the server notes them."""
        for _ in range(count):
            self.run("run", "--name", flow, "--watch")
        rows = sqlite3.connect(self.folder / "castra.sqlite").execute(
            """select (julianday(r.end_time) - julianday(r.created)) * 86400, (julianday(r.end_time) - julianday(r.start_time)) * 86400
               from flow_run r join flow f on f.id = r.flow_id where f.name = ?""",
            [flow],
        )
        return list(rows)

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait()


def main() -> None:
    # As an installed package is.
    compileall.compile_dir(castra.__path__[0], quiet=1)
    print(f"import castra: {milliseconds_over_bare('import castra'):.1f} ms over bare Python")
    print(f"from castra import Flow, task: {milliseconds_over_bare('from castra import Flow, task'):.1f} ms over bare Python")
    prefect = os.environ.get("CASTRA_PREFECT1_PYTHON")
    ours = [local(sys.executable, "castra", TASKS) for _ in range(5)]
    print(f"flow.run() of {TASKS} mapped no-op tasks: {median(ours):.0f}/s")
    if prefect:
        pairs = [(local(sys.executable, "castra", 200), local(prefect, "prefect", 200)) for _ in range(3)]
        castra_rate, prefect_rate = map(median, zip(*pairs))
        print(f"flow.run() of 200: {castra_rate:.0f}/s, prefect 1.4.1 {prefect_rate:.0f}/s, {castra_rate / prefect_rate:.0f} times as many")
    with tempfile.TemporaryDirectory() as folder:
        command = Castra(Path(folder))
        try:
            bare = [seconds([sys.executable, "-c", "pass"]) for _ in range(ROUNDS)]
            runs = command.times("one", ROUNDS)
            over = 1000 * (median(whole for whole, _ in runs) - median(bare))
            print(f"a no-op flow run, from its creation to its end: {over:.0f} ms over bare Python")
            tracked = [TASKS / started for _, started in command.times("many", 3)]
            print(f"{TASKS} mapped no-op tasks, tracked by the server: {median(tracked):.0f}/s")
        finally:
            command.stop()


if __name__ == "__main__":
    main()
