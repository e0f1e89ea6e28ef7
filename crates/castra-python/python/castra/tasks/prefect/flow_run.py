"""Runs of other flows, from within a flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from castra.client.client import Client
from castra.engine import signals
from castra.engine.state import State
from castra.times import now
from castra.utilities.context import context
from castra.utilities.tasks import task


@dataclass(frozen=True)
class FlowRunEnd:
    """How a flow run ended."""

    flow_run_id: str
    state: State


@task
def create_flow_run(
    flow_id: str | None = None,
    flow_name: str | None = None,
    project_name: str = "",
    parameters: Mapping[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
    labels: Iterable[str] | None = None,
    run_name: str | None = None,
    run_config: Any = None,
    scheduled_start_time: datetime | timedelta | None = None,
    idempotency_key: str | None = None,
) -> str:
    """Creates a run of a flow, by its id or its name, and gives the run's id. A retry of the task creates no second run.

    Raises ``ValueError`` unless the flow is named in one way, or if there is no such flow.
    """
    if (flow_id is None) == (flow_name is None):
        raise ValueError("name the flow by `flow_id` or by `flow_name`, and not by both")
    client = Client()
    start = now() + scheduled_start_time if isinstance(scheduled_start_time, timedelta) else scheduled_start_time
    return client.create_flow_run(
        flow_id=flow_id or client.find_flow(str(flow_name), project_name or None),
        parameters=parameters,
        context=context,
        labels=None if labels is None else list(labels),
        run_name=run_name,
        run_config=run_config,
        scheduled_start_time=start,
        idempotency_key=idempotency_key or _task_run_id(),
    )


@task
def wait_for_flow_run(flow_run_id: str, raise_final_state: bool = False) -> FlowRunEnd:
    """Waits until a flow run has ended. ``raise_final_state`` makes its end that of the task.

    Raises ``ValueError`` if there is no such run.
    """
    state = Client().wait_for_flow_run(flow_run_id)
    if raise_final_state:
        raise signals.signal_from_state(state)(f"{flow_run_id} finished in state {state!r}", result=flow_run_id)
    return FlowRunEnd(flow_run_id, state)


def _task_run_id() -> str | None:
    task_run_id: str | None = context.get("task_run_id")
    return task_run_id
