"""The server, run by the binary that CASTRA_BIN names, with all that it keeps in a home of its own. It listens where
containers of this machine reach it, or on loopback if there are none."""

import os
from pathlib import Path
from urllib.parse import urlparse

from support import containers
from support.processes import Process


class Server:
    """A server for the length of a `with` block, at `address`."""

    def __init__(self, home: Path):
        self._home = home
        self._start(port=0)

    def _start(self, port: int) -> None:
        host = containers.host_address() or "127.0.0.1"
        command = [os.environ["CASTRA_BIN"], "server", "start", "--host", host, "--port", str(port)]
        environment = {**os.environ, "HOME": str(self._home)}
        self._process = Process(command, environment, self._home / "server.log", self._home)
        ready = self._process.wait_for_output(r"castra server ready at (http://\S+)", timeout=30)
        self.address = ready.group(1)

    def kill_and_start_again(self) -> None:
        """Ends the server without a chance to tidy up, and starts it anew at the same address."""
        self._process.kill()
        self._start(urlparse(self.address).port)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_) -> None:
        self._process.stop()
