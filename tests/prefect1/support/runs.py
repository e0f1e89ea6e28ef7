"""Flow runs as a user of the real client sees them: create, wait, look."""

import time
from typing import Callable

import prefect
from prefect.backend import FlowRunView, FlowView
from prefect.engine.state import State


class Runs:
    """Creates flow runs for one agent and waits for what becomes of them."""

    def __init__(self, agent, project: str, label: str | None = None):
        self.label = label or agent.kind
        self._agent = agent
        self.client = prefect.Client()
        self._project = project

    def create(self, flow_name: str, **options) -> str:
        """A new run of the flow's newest version; unless told otherwise, with the agent's label."""
        options.setdefault("labels", [self.label])
        flow = FlowView.from_flow_name(flow_name, project_name=self._project)
        return self.client.create_flow_run(flow_id=flow.flow_id, **options)

    def run(self, flow_name: str, **options) -> FlowRunView:
        """Creates a run and waits until it has finished."""
        return self.finished(self.create(flow_name, **options))

    def finished(self, flow_run_id: str, timeout: float = 90) -> FlowRunView:
        self.wait_for_state(flow_run_id, State.is_finished, timeout)
        return FlowRunView.from_flow_run_id(flow_run_id)

    def wait_for_state(self, flow_run_id: str, reached: Callable[[State], bool], timeout: float = 60) -> State:
        return self._wait(
            lambda: self.client.get_flow_run_state(flow_run_id), reached, timeout, lambda: story(flow_run_id)
        )

    def wait_for_task_state(
        self, flow_run_id: str, task_slug: str, reached: Callable[[State], bool], timeout: float = 60
    ) -> str:
        """Waits until the state of an unmapped task run satisfies `reached`, and returns the task run's id."""

        def task_run():
            info = self.client.get_flow_run_info(flow_run_id)
            return next(task_run for task_run in info.task_runs if task_run.task_slug == task_slug)

        found = self._wait(task_run, lambda it: reached(it.state), timeout, lambda: story(flow_run_id))
        return found.id

    def _wait(self, look: Callable, satisfied: Callable, timeout: float, explain: Callable[[], str]):
        deadline = time.monotonic() + timeout
        while not satisfied(seen := look()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"still {seen} after {timeout} s\n{explain()}")
            self._agent.wake()
            time.sleep(0.25)
        return seen


def state_names(run: FlowRunView) -> list[str]:
    """The states a flow run went through, in order."""
    return [type(state).__name__ for state in run.states]


def task_states(run: FlowRunView) -> dict[tuple[str, int], str]:
    """The state of every task run by (slug, map index)."""
    return {(task.task_slug, task.map_index): type(task.state).__name__ for task in run.get_all_task_runs()}


def result_of(run: FlowRunView, task_slug: str):
    return run.get_task_run(task_slug=task_slug).get_result()


def messages(run: FlowRunView) -> list[str]:
    return [log.message for log in run.get_logs()]


def story(flow_run_id: str) -> str:
    """What to know about a run when a test fails on it."""
    run = FlowRunView.from_flow_run_id(flow_run_id)
    return "\n".join([str(run), *map(str, run.states), *map(str, run.get_all_task_runs()), *messages(run)])
