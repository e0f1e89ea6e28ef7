"""`LocalRun`: a process on the agent's machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from castra.run_configs.base import RunConfig


class LocalRun(RunConfig):
    """Runs as processes beside a local agent.

    Args:
        env: environment variables of the process, over those of the agent.
        working_dir: the directory the process starts in, which must exist on the agent's machine; a relative one is made
            absolute here and now. Without one, it is the agent's.
        labels: an agent must have all of these to take the run.

    Raises:
        TypeError: an argument that is not listed here, or a value that has no JSON.
        ValueError: a value that its field cannot take.

    Examples:
        >>> LocalRun(working_dir="/path/to/working-directory")
        LocalRun(working_dir='/path/to/working-directory')
    """

    _type = "LocalRun"

    working_dir: str | None

    def __init__(
        self,
        *,
        env: Mapping[str, Any] | None = None,
        working_dir: str | None = None,
        labels: Iterable[str] | None = None,
        **unknown: NoReturn,
    ) -> None:
        self._take(env=env, working_dir=working_dir, labels=labels, **unknown)
