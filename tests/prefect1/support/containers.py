"""The Docker Engine and the Kubernetes cluster that answer here, if any, and the images that tests run in."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable

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


def castra_containers() -> list[str]:
    """The ids of all containers that Castra made, running or not."""
    return output("docker", "ps", "--all", "--quiet", "--filter", "label=castra.dev/launch-id").split()


def restart_api_server() -> None:
    """Ends the cluster's API server without asking, and starts it anew as it was started."""
    folder = Path(os.environ["KUBECONFIG"]).parent
    _restart(folder / "apiserver.pid", signal.SIGKILL, kubernetes_answers)


def restart_dockerd() -> None:
    """Asks the engine to end, and starts it anew as it was started."""
    _restart(Path("/var/run/docker.pid"), signal.SIGTERM, docker_answers)


def _restart(pid_file: Path, how: signal.Signals, answers: Callable[[], bool]) -> None:
    process = psutil.Process(int(pid_file.read_text()))
    command = process.cmdline()
    process.send_signal(how)
    process.wait(timeout=60)
    with open(os.devnull, "r+b") as nowhere:
        again = subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)
    if pid_file.parent.name != "run":  # dockerd writes its own
        pid_file.write_text(f"{again.pid}\n")
    deadline = time.monotonic() + 60
    while not answers():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{command[0]} does not answer after its restart")
        time.sleep(0.25)
