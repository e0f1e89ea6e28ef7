"""What there is in the cluster of a flow run."""

import json
import time

from support import containers


def jobs(flow_run_id: str) -> list[dict]:
    selector = f"prefect.io/flow_run_id={flow_run_id}"
    return json.loads(containers.output("kubectl", "get", "jobs", "--selector", selector, "--output", "json"))["items"]


def pods(flow_run_id: str) -> list[dict]:
    selector = f"prefect.io/flow_run_id={flow_run_id}"
    return json.loads(containers.output("kubectl", "get", "pods", "--selector", selector, "--output", "json"))["items"]


def gone(flow_run_id: str, timeout: float = 240) -> bool:
    """Whether the run's job and pods are deleted, which happens once the server knows its end. A kubelet may take a minute
    and a half to let go of a pod that does not run any more."""
    deadline = time.monotonic() + timeout
    while jobs(flow_run_id) or pods(flow_run_id):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.25)
    return True
