"""prefect 1.4.1: its client and its local agent, with a Castra server in place of its own, which needs six containers."""

import os
import subprocess
from pathlib import Path

from installation import Castra


class Prefect1(Castra):
    """The flows of `installation`, registered and run by the real package."""

    name = "prefect 1.4.1"

    def __init__(self, folder: Path, python: str, tasks: int):
        super().__init__(folder, python, tasks, package="prefect")

    def _prefect(self, *arguments: str) -> list:
        return [self.python, "-m", "prefect", *arguments]

    @property
    def _its_environment(self) -> dict:
        settings = {
            "HOME": str(self.folder),
            "PREFECT__BACKEND": "server",
            "PREFECT__SERVER__HOST": "http://127.0.0.1",
            "PREFECT__SERVER__PORT": str(self.port),
            "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS": "true",
        }
        return {**{name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, **settings}

    def register(self) -> None:
        command = self._prefect("register", "--project", "bench", "--path", str(self.flows))
        subprocess.run(command, env=self._its_environment, check=True, stdout=subprocess.DEVNULL)

    def start_agent(self) -> None:
        self.processes.start("agent", self._prefect("agent", "local", "start"), self._its_environment)
