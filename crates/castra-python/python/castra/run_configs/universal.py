"""`UniversalRun`: env and labels alone, so that any agent can take the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from castra.run_configs.base import RunConfig


class UniversalRun(RunConfig):
    """Runs that any type of agent may take, with the agent's defaults for everything else.

    Args:
        env: environment variables of the flow run, over those of the agent.
        labels: an agent must have all of these to take the run.

    Raises:
        TypeError: an argument that is not listed here, or a value that has no JSON.
        ValueError: `labels` is a string rather than a list, `env` has no names.

    Examples:
        >>> UniversalRun(env={"SOME_VAR": "value"}, labels=["label-1", "label-2"])
        UniversalRun(env={'SOME_VAR': '********'}, labels=['label-1', 'label-2'])
    """

    _type = "UniversalRun"

    def __init__(
        self,
        env: Mapping[str, Any] | None = None,
        labels: Iterable[str] | None = None,
        **unknown: NoReturn,
    ) -> None:
        self._take(env=env, labels=labels, **unknown)
