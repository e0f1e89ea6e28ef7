"""The Docker Engine and the Kubernetes cluster that answer here, if any, and the images that tests run in."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

IMAGES = Path(__file__).parents[2] / "images"
PREFECT_IMAGE = "castra-test/prefect:1"


def output(*command: str) -> str:
    """What a command prints; it must succeed."""
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout.strip()


def _answers(*command: str) -> bool:
    try:
        output(*command)
        return True
    except (OSError, subprocess.SubprocessError):
        return False


def docker_answers() -> bool:
    return _answers("docker", "info")


def kubernetes_answers() -> bool:
    return "KUBECONFIG" in os.environ and _answers("kubectl", "get", "--raw", "/readyz")


def host_address() -> str | None:
    """The address of this machine as containers on Docker's default bridge see it, or None without an engine."""
    if not docker_answers():
        return None
    bridge = json.loads(output("docker", "network", "inspect", "bridge"))[0]
    addresses = psutil.net_if_addrs()[bridge["Options"]["com.docker.network.bridge.name"]]
    return next(address.address for address in addresses if address.family == socket.AF_INET)


def prepare_prefect_image() -> str:
    """The image with the prefect of the Python that runs these tests."""
    subprocess.run([IMAGES / "prefect1.sh", sys.executable], check=True, timeout=600)
    return PREFECT_IMAGE


def has_image(image: str) -> bool:
    """Whether the engine has an image of this name."""
    return bool(output("docker", "images", "--quiet", image))


def remove_image(image: str) -> None:
    """Takes the name from an image, if the engine has one of this name."""
    if has_image(image):
        output("docker", "rmi", image)


def all_of_castra() -> list[str]:
    """The ids of all containers that Castra made, running or not."""
    return _labelled("castra.dev/launch-id")


def of_run(flow_run_id: str) -> list[str]:
    """The ids of the containers of a run, running or not."""
    return _labelled(f"io.prefect.flow-run-id={flow_run_id}")


def _labelled(label: str) -> list[str]:
    return output("docker", "ps", "--all", "--quiet", "--filter", f"label={label}").split()


def wait_until_answers(*command: str, timeout: float = 60) -> None:
    """Waits until a command that asks something of a server succeeds."""
    deadline = time.monotonic() + timeout
    while not _answers(*command):
        if time.monotonic() > deadline:
            raise TimeoutError(f"`{' '.join(command)}` fails after {timeout} s")
        time.sleep(0.25)
