"""What tasks may know about the run they are part of: their context."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from castra.configuration import config
from castra.utilities.context import Later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra import _castra
    from castra.core.task import Task


class Run:
    """A run of a flow, as its tasks see it."""

    def __init__(
        self,
        flow_name: str,
        flow_run_id: str,
        flow_run_name: str,
        parameters: Mapping[str, Any],
        given: Mapping[str, Any],
        scheduled_start_time: datetime | None,
    ):
        self.flow_run_id = flow_run_id
        #: What tasks find in their context, beside the run's.
        self.task_contexts: Mapping[Task, Mapping[str, Any]] = {}
        start = scheduled_start_time or datetime.now(timezone.utc)
        self.context: dict[str, Any] = {
            **config.context,
            **_days(start),
            "flow_name": flow_name,
            "flow_run_id": flow_run_id,
            "flow_run_name": flow_run_name,
            "scheduled_start_time": start,
            "parameters": dict(parameters),
            **given,
        }

    def of_attempt(self, task: Task, slug: str, attempt: _castra.Attempt) -> dict[str, Any]:
        """The context of one attempt."""
        index = attempt.map_index
        values = {
            **self.context,
            **self.task_contexts.get(task, {}),
            "task_name": task.name,
            "task_full_name": task.name if index is None else f"{task.name}[{index}]",
            "task_slug": slug,
            "task_tags": task.tags,
            "task_run_id": attempt.task_run_id,
            "task_run_count": attempt.number,
            "map_index": index,
            "logger": Later(lambda: task.logger),
        }
        if attempt.resumed:
            values["resume"] = True
        if attempt.round > 1:
            values["task_loop_count"] = attempt.round
            values["task_loop_result"] = attempt.round_result
        return values


def _days(start: datetime) -> dict[str, Any]:
    """The day of the run and those beside it, as texts."""
    days = {"today": start, "yesterday": start - timedelta(days=1), "tomorrow": start + timedelta(days=1)}
    texts: dict[str, Any] = {"date": start}
    for name, day in days.items():
        texts[name] = day.strftime("%Y-%m-%d")
        texts[f"{name}_nodash"] = day.strftime("%Y%m%d")
    return texts
