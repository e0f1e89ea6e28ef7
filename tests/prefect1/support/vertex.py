"""The JobService that stands for Vertex AI (`tests/clouds/vertex.py`), and what it knows."""

import json
import os
import sys
import time
from pathlib import Path

import requests

from support.processes import Process

FINAL = {f"JOB_STATE_{state}" for state in ("SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED")}
SCRIPT = Path(__file__).parents[2] / "clouds" / "vertex.py"


class Vertex:
    """A JobService of its own, until `stop`."""

    def __init__(self, python: str, directory: Path):
        command = [python, str(SCRIPT), "--grace", "5"]
        self._process = Process(command, dict(os.environ), directory / "vertex.log", directory)
        self._address = self._process.wait_for_output(r"stands at (http://\S+)", timeout=30).group(1)
        self._key = directory / "google-key.json"
        self._key.write_text(json.dumps(self._told("key")))

    def variables(self) -> dict[str, str]:
        """What an agent's environment has to say so that it asks this one, and as whom."""
        return {
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM": f"{self._address}/",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING": f"{self._address}/",
            "GOOGLE_APPLICATION_CREDENTIALS": str(self._key),
        }

    def jobs_of(self, flow_run_id: str) -> list[dict]:
        """The custom jobs of a flow run, as Google tells of them."""
        return [job for job in self._told("jobs") if environment(job)["PREFECT__CONTEXT__FLOW_RUN_ID"] == flow_run_id]

    def job_of(self, flow_run_id: str) -> dict:
        """The one custom job of a flow run."""
        (job,) = self.jobs_of(flow_run_id)
        return job

    def end_of(self, flow_run_id: str, timeout: float = 30) -> str:
        """The state in which the one custom job of a flow run ends. A run tells its end before its process has ended."""
        deadline = time.monotonic() + timeout
        while (state := self.job_of(flow_run_id)["state"]) not in FINAL:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the job of {flow_run_id} is still {state}")
            time.sleep(0.1)
        return state

    def fail(self, *faults: dict) -> None:
        """What is to go wrong with requests."""
        requests.post(f"{self._address}/control/faults", json=faults, timeout=10).raise_for_status()

    def cancel_by_hand(self, job: dict) -> None:
        """What a person does in Google's console."""
        answer = requests.post(
            f"{self._address}/v1/{job['name']}:cancel", headers={"Authorization": "Bearer ya29.standin-0"}, timeout=10
        )
        answer.raise_for_status()

    def _told(self, what: str):
        return requests.get(f"{self._address}/control/{what}", timeout=10).json()

    def stop(self) -> None:
        self._process.stop()


def container(job: dict) -> dict:
    """The flow run's own."""
    return job["jobSpec"]["workerPoolSpecs"][0]["containerSpec"]


def environment(job: dict) -> dict[str, str]:
    return {variable["name"]: variable.get("value", "") for variable in container(job)["env"]}


def in_place_of_an_image(home: Path) -> tuple[str, ...]:
    """Options of an agent. The jobs are processes of this machine: a PATH on which they find the prefect of the Python that
    runs these tests, and a home.
    """
    return "--env", f"PATH={Path(sys.executable).parent}:{os.environ['PATH']}", "--env", f"HOME={home}"
