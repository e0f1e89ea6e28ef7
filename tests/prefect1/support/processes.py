"""Child processes with a log file each: started, waited for by what they print, ended by their id."""

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil


class Process:
    """A child in a process group of its own, whose output goes to a file."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path, directory: Path):
        self._log = log
        with log.open("w") as output:
            self._child = subprocess.Popen(
                command,
                env=environment,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def output(self) -> str:
        return self._log.read_text()

    def wait_for_output(self, pattern: str, timeout: float) -> re.Match:
        """Waits until the child has printed something that matches."""
        deadline = time.monotonic() + timeout
        while not (match := re.search(pattern, self.output())):
            exited = self._child.poll()
            if exited is not None:
                raise RuntimeError(f"{self._child.args} exited with {exited}:\n{self.output()}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self._child.args} never printed {pattern!r}:\n{self.output()}")
            time.sleep(0.05)
        return match

    def kill(self) -> None:
        """Ends the child without asking."""
        self._child.kill()
        self._child.wait()

    def stop(self, timeout: float = 10) -> None:
        """Asks the child to end, and ends its process group if it does not."""
        self._child.terminate()
        try:
            self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended but was not yet reaped by its parent does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
