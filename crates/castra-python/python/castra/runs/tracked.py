"""A run that an agent started: the flow is loaded, run by the engine, and the server is told how it fares."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from castra import _castra, runs
from castra.engine import state
from castra.executors.local import chosen
from castra.runs import loading
from castra.runs.end import FlowEnd
from castra.runs.graph import graph
from castra.runs.handlers import handled
from castra.runs.relaunch import read_kept_results
from castra.runs.run import Run
from castra.times import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.core.flow import Flow


def execute(find: Callable[[str], Flow] | None = None) -> None:
    """Runs the flow run that the environment names, and returns once its end was told. ``find`` gives the flow of a name;
    otherwise it is loaded from its storage.

    Raises ``RuntimeError`` if the end could not be told.
    """
    runs.is_tracked = True
    workers = _castra.Workers()
    entered = ExitStack()

    def load(started: dict[str, Any]) -> _castra.Graph:
        name = started["flow_name"]
        flow = find(name) if find else loading.load(started["storage"] or {}, name)
        run = Run(
            flow_name=name,
            flow_run_id=started["id"],
            flow_run_name=started["name"],
            parameters=started["parameters"],
            given=started["context"] or {},
            scheduled_start_time=read(started["scheduled_start_time"]),
        )
        executor = chosen(flow.executor)
        running = state.Running("Running flow.")
        handled(flow.state_handlers, flow, state.Pending(), running)
        lowered, order = graph(flow, run, workers, executor, entered.enter_context(executor.start()))
        read_kept_results(lowered, flow, order, started["task_runs"])
        if flow.state_handlers or flow.terminal_state_handler is not None:
            lowered.set_end_handler(FlowEnd(flow, order, running, flow.state_handlers))
        workers.start(executor.threads)
        return lowered

    with entered:
        entered.callback(loading.remove_fetched)
        _castra.execute(workers, load)
