"""A run here and now, in this process and without a server."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone

from castra import _castra
from castra.configuration import config
from castra.engine.state import Pending, Running, State
from castra.executors.local import chosen
from castra.runs.beginning import Beginning
from castra.runs.end import FlowEnd
from castra.runs.graph import graph
from castra.runs.handlers import handled
from castra.runs.run import Run
from castra.utilities.context import context as current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.core.flow import Flow
    from castra.core.task import Task
    from castra.executors import Executor


def run(
    flow: Flow,
    parameters: Mapping[str, Any] | None = None,
    run_on_schedule: bool | None = None,
    context: Mapping[str, Any] | None = None,
    executor: Any = None,
    state_handlers: Any = None,
    flow_run_name: str | None = None,
    state: State | None = None,
    task_states: Mapping[Task, State] | None = None,
    task_contexts: Mapping[Task, Mapping[str, Any]] | None = None,
    **kwargs: Any,
) -> State:
    """As :meth:`castra.Flow.run` says."""
    if current.get("flow") is not None:
        raise RuntimeError("a flow is run once its `with Flow(...)` block is over")
    if current.get("loading_flow"):
        raise RuntimeError("`flow.run` is called while the flow's file is loaded: put it below `if __name__ == '__main__':`")
    if state is not None and state.is_finished():
        return state
    beginning = Beginning(flow, state, task_states, task_contexts)
    beginning.wait()
    given = {**beginning.parameters(), **(parameters or {}), **kwargs}
    if flow_run_name is not None:
        context = {**(context or {}), "flow_run_name": flow_run_name}
    if run_on_schedule is None:
        run_on_schedule = bool(config.flows.run_on_schedule)
    if flow.schedule is None or not run_on_schedule:
        check_parameters(flow, given)
    executor = chosen(executor or flow.executor)
    handlers = flow.state_handlers if state_handlers is None else list(state_handlers)

    def once(start: datetime | None, defaults: Mapping[str, Any]) -> State:
        all_given = {**defaults, **given}
        check_parameters(flow, all_given)
        return _run_once(flow, _run(flow, all_given, context or {}, start), executor, handlers, beginning)

    if flow.schedule is None or not run_on_schedule:
        return once(None, {})
    return _run_on_schedule(flow, once)


def check_parameters(flow: Flow, given: Mapping[str, Any]) -> None:
    """Refuses parameters that the flow does not have, and required ones that are missing.

    Raises ``ValueError``.
    """
    known = {parameter.name: parameter for parameter in flow.parameters()}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ValueError(f"the flow has no such parameters: {', '.join(unknown)}")
    missing = sorted(name for name, parameter in known.items() if parameter.required and name not in given)
    if missing:
        raise ValueError(f"the flow needs a value for each of these parameters: {', '.join(missing)}")


def _run_on_schedule(flow: Flow, once: Any) -> State:
    last: State | None = None
    while True:
        events = flow.schedule.next(1, return_events=True)
        if not events:
            if last is None:
                raise ValueError("the flow's schedule has come to its end: there is no run to wait for")
            return last
        start = events[0].start_time
        flow.logger.info("The next run is due at %s; waiting for it", start)
        time.sleep(max(0.0, (start - datetime.now(timezone.utc)).total_seconds()))
        last = once(start, events[0].parameter_defaults or {})


def _run(flow: Flow, parameters: Mapping[str, Any], given: Mapping[str, Any], start: datetime | None) -> Run:
    name = f"{flow.name}-{uuid.uuid4().hex[:8]}"
    defaults = {parameter.name: parameter.default for parameter in flow.parameters()}
    return Run(flow.name, str(uuid.uuid4()), name, {**defaults, **parameters}, given, start)


def _run_once(flow: Flow, the_run: Run, executor: Executor, handlers: list[Any], beginning: Beginning) -> State:
    the_run.task_contexts = beginning.task_contexts
    flow.logger.info("Beginning Flow run for '%s'", flow.name)
    with current(the_run.context):
        running = handled(handlers, flow, Pending(), Running("Running flow."))
        if not running.is_running():
            return running
        workers = _castra.Workers()
        with executor.start() as site:
            lowered, order = graph(flow, the_run, workers, executor, site)
            beginning.tell(lowered, {task: place for place, task in enumerate(order)})
            workers.start(executor.threads)
            told, tasks = _castra.run(lowered, workers, the_run.flow_run_id, False)
            ended = FlowEnd(flow, order, running, handlers).state(told, tasks)
    flow.logger.info("Flow run %s: %s", type(ended).__name__.upper(), ended.message)
    if current.get("raise_on_exception"):
        from castra.utilities.debug import first_exception

        raised = first_exception((ended.result or {}).values())
        if raised is not None:
            raise raised
    return ended
