"""A second Docker Engine, which a test may end and start again, with a folder and a bridge of its own: from its containers,
too, this machine is reached at its address on the first engine's bridge."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from support import containers
from support.processes import Process

BRIDGE = "castra-test0"
BRIDGE_ADDRESS = "10.213.0.1/24"


class Dockerd:
    """The second one, for the length of a `with` block, at `address`; it has this image of the first."""

    def __init__(self, image: str):
        if os.geteuid() != 0 or not (shutil.which("dockerd") and shutil.which("ip")):
            pytest.skip("LEFT OUT: a second Docker Engine needs `dockerd`, `ip` and root")
        # Its sockets' paths may have no more than 104 bytes (containerd), and pytest's folders are deep.
        self._folder = folder = Path(tempfile.mkdtemp(prefix="dockerd-"))
        self.address = f"unix://{folder}/docker.sock"
        paths = {"--data-root": "data", "--exec-root": "exec", "--pidfile": "pid"}
        self._command = ["dockerd", "--host", self.address, "--bridge", BRIDGE, "--iptables=false", "--ip-masq=false"]
        self._command += [word for option, name in paths.items() for word in (option, str(folder / name))]
        self._command += _runtime_of_the_first()
        containers.output("ip", "link", "add", BRIDGE, "type", "bridge")
        containers.output("ip", "address", "add", BRIDGE_ADDRESS, "dev", BRIDGE)
        containers.output("ip", "link", "set", BRIDGE, "up")
        try:
            self._begin(image)
        except BaseException:
            self.__exit__()
            raise

    def _begin(self, image: str) -> None:
        self.start()
        load = f"docker save {image} | docker --host {self.address} load"
        subprocess.run(["sh", "-c", load], check=True, capture_output=True, timeout=300)

    def start(self) -> None:
        """Starts it, after it was ended at the same address, and waits until it answers."""
        self._process = Process(self._command, dict(os.environ), self._folder / "dockerd.log", self._folder)
        containers.wait_until_answers("docker", "--host", self.address, "info")

    def stop(self) -> None:
        """Asks it to end, and waits until it has."""
        self._process.stop(timeout=60)
        # Where nobody reaps orphans, its dead containerd would be taken for one that still runs.
        for file in ("pid", "exec/containerd/containerd.pid"):
            (self._folder / file).unlink(missing_ok=True)

    def __enter__(self) -> "Dockerd":
        return self

    def __exit__(self, *_) -> None:
        self.stop()
        self._remove()

    def _remove(self) -> None:
        subprocess.run(["umount", self._folder / "data"], stderr=subprocess.DEVNULL, check=False)
        containers.output("ip", "link", "delete", BRIDGE)
        shutil.rmtree(self._folder, ignore_errors=True)


def _runtime_of_the_first() -> list[str]:
    """Containers are to start on the second engine as they do on the first."""
    info = json.loads(containers.output("docker", "info", "--format", "{{json .}}"))
    name = info["DefaultRuntime"]
    if name == "runc":
        return []
    return ["--add-runtime", f"{name}={info['Runtimes'][name]['path']}", "--default-runtime", name]
