"""Prefect 3: its server on SQLite, a worker for processes, and the same two flows in its own words. Nothing is told to anybody."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path

from installation import Processes, free_port, wait_until_answers

FLOWS = """
from prefect import flow, task

@task
def noop(x=None):
    pass

@flow
def many():
    for future in noop.map(range({tasks})):
        future.wait()

@flow
def one():
    noop()
"""

DEPLOY = """
from prefect import flow
for name in ("one", "many"):
    flow.from_source(source={folder!r}, entrypoint=f"flows.py:{{name}}").deploy(name="bench", work_pool_name="bench")
"""

SILENT = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
}


class Prefect3:
    """An installation of it, with its own defaults otherwise; a worker of its default looks for runs every ten seconds."""

    name = "prefect 3"

    def __init__(self, folder: Path, python: str, tasks: int):
        self.folder = folder
        self.python = python
        self.tasks = tasks
        self.api = f"http://127.0.0.1:{free_port()}/api"
        its_own = {**SILENT, "PREFECT_HOME": str(folder), "PREFECT_API_URL": self.api}
        self.environment = {**{name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, **its_own}
        self.processes = Processes(folder)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        port = self.api.rsplit(":")[-1].removesuffix("/api")
        server = self._prefect("server", "start", "--host", "127.0.0.1", "--port", port, "--no-ui", "--analytics-off")
        self.processes.start("server", server, self.environment)
        wait_until_answers(f"{self.api}/health")
        (self.folder / "flows.py").write_text(FLOWS.format(tasks=self.tasks))
        self._carry_out(self._prefect("work-pool", "create", "bench", "--type", "process"))
        self._carry_out([self.python, "-c", DEPLOY.format(folder=str(self.folder))])
        worker = self._prefect("worker", "start", "--pool", "bench", "--type", "process")
        self.processes.start("worker", worker, self.environment)

    def _prefect(self, *arguments: str) -> list:
        return [self.python, "-m", "prefect", *arguments]

    def _carry_out(self, command: list) -> None:
        subprocess.run(command, env=self.environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def times(self, flow: str) -> tuple[float, float]:
        """Runs a flow once: the seconds from the run's creation to its end, and from its start to its end, as the server notes them."""
        deployment = self._asked(f"deployments/name/{flow}/bench")
        run = self._asked(f"deployments/{deployment['id']}/create_flow_run", {})
        while run["end_time"] is None:
            time.sleep(0.1)
            run = self._asked(f"flow_runs/{run['id']}")
        assert run["state_type"] == "COMPLETED", run["state"]
        created, start, end = (datetime.fromisoformat(run[name]) for name in ("created", "start_time", "end_time"))
        return (end - created).total_seconds(), (end - start).total_seconds()

    def _asked(self, path: str, body: dict | None = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.api}/{path}", data, {"Content-Type": "application/json"})
        for _ in range(10):
            try:
                return json.load(urllib.request.urlopen(request, timeout=60))
            except urllib.error.HTTPError as error:
                # It says so while its database is locked, and its own client asks again.
                if error.code != 503:
                    raise
                time.sleep(0.5)
        raise TimeoutError(f"{path} was refused ten times")

    def stop(self) -> None:
        self.processes.stop()
