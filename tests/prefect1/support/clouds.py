"""What stands for the clouds, in the Python that CASTRA_CLOUDS_PYTHON names."""

import os
import sys
from pathlib import Path

import requests

from support.processes import Process

CLOUDS = Path(__file__).parents[2] / "clouds"


class Ecs:
    """AWS with tasks that really run, as processes that find the prefect of the Python that runs these tests."""

    def __init__(self, python: str, directory: Path):
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        command = [python, str(CLOUDS / "ecs.py"), "--path", path]
        self._process = Process(command, dict(os.environ), directory / "ecs.log", directory)
        self.address = self._process.wait_for_output(r"Running on (http://\S+)", timeout=60).group(1)

    def tell(self, what: str, **given) -> list | dict:
        """Tells it something, or asks it: see `tests/clouds/ecs.py`."""
        answer = requests.post(f"{self.address}/castra/{what}", json=given, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def put(self, path: str, text: str = "") -> None:
        """Puts an object into S3, or makes a bucket."""
        requests.put(f"{self.address}{path}", text, timeout=10).raise_for_status()

    def given(self, action: str) -> dict:
        """What an action was given the last time."""
        return [call["input"] for call in self.tell("calls") if call["action"] == action][-1]

    def tasks(self, flow_run_id: str) -> list[dict]:
        """The tasks of a flow run, as DescribeTasks tells them."""
        return [task for task in self.tell("tasks") if flow_run_id in str(task["overrides"])]

    def task(self, flow_run_id: str) -> dict:
        return self.tasks(flow_run_id)[-1]

    def stop(self) -> None:
        self._process.stop()
