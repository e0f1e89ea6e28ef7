"""A second API server of the cluster, which a test may kill and start again. It serves the same etcd, so that it is the
same cluster, and nobody else talks to it."""

import os
from pathlib import Path

import psutil
import pytest
import yaml

from support import containers
from support.processes import Process, free_port


class ApiServer:
    """The second one, for the length of a `with` block; `kubeconfig` leads to it."""

    def __init__(self, folder: Path):
        first = Path(os.environ["KUBECONFIG"]).parent / "apiserver.pid"
        if not first.exists():
            pytest.skip("LEFT OUT: there is no second API server, because how the first was started is not known")
        # The cluster's other parts and everybody's pods keep to the first one, which stays its only endpoint.
        own = {"--bind-address": "127.0.0.1", "--secure-port": free_port(), "--endpoint-reconciler-type": "none"}
        command = psutil.Process(int(first.read_text())).cmdline()
        self._command = [word for word in command if word.split("=")[0] not in own]
        self._command += [f"{name}={value}" for name, value in own.items()]
        self._folder = folder
        self.kubeconfig = folder / "kubeconfig"
        config = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())
        config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{own['--secure-port']}"
        self.kubeconfig.write_text(yaml.safe_dump(config))
        self.start()

    def start(self) -> None:
        """Starts it, after it was killed at the same address, and waits until it is ready."""
        self._process = Process(self._command, dict(os.environ), self._folder / "apiserver.log", self._folder)
        containers.wait_until_answers("kubectl", "--kubeconfig", str(self.kubeconfig), "get", "--raw", "/readyz")

    def kill(self) -> None:
        """Ends it without asking."""
        self._process.kill()

    def __enter__(self) -> "ApiServer":
        return self

    def __exit__(self, *_) -> None:
        self._process.stop()
