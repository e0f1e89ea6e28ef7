"""Results of an earlier launch: those are read that a task which is still to run takes, and no others."""

import pytest

from castra import Flow, task
from castra.engine.results import LocalResult
from castra.engine.state import Cached, Failed, Mapped, Paused, Running, Success
from castra.runs.relaunch import read_kept_results

DONE = "done"


class Begun(dict):
    """In place of the engine: what it is told of, by the name of the task."""

    def __init__(self, order):
        self.order = order

    def begin_with(self, place, map_index, state, value):
        self.setdefault(self.order[place].name, {})[map_index] = value


@pytest.fixture
def flow(tmp_path):
    """first → second → third, which waits for fourth, too; the second is mapped."""
    first, second, third, fourth = (task(lambda x=None: x, name=name) for name in ("first", "second", "third", "fourth"))
    with Flow("relaunched", result=LocalResult(tmp_path)) as flow:
        third(second.map(first()), upstream_tasks=[fourth])
    return flow


def read(flow, states):
    """What is read of task runs in these states; the result of one that is `DONE` was stored."""
    task_runs = []
    for name, each in states.items():
        (slug,) = (slug for task, slug in flow.slugs.items() if task.name == name)
        for index, state in enumerate(each if isinstance(each, list) else [each], start=-1):
            state = Success(result=flow.result.write(f"{name} {index}")) if state is DONE else state
            task_runs.append({"task_slug": slug, "map_index": index, "state": state.serialize()})
    order = flow.sorted_tasks()
    begun = Begun(order)
    read_kept_results(begun, flow, order, task_runs)
    return begun


def test_of_a_run_that_has_to_do_its_last_task_only_what_that_takes_is_read(flow):
    begun = read(flow, {"first": DONE, "second": [Mapped(n_map_states=2), DONE, DONE], "third": Paused(), "fourth": DONE})
    assert begun == {"second": {0: "second 0", 1: "second 1"}}


def test_what_a_task_without_its_result_takes_is_read_because_it_is_done_again(flow):
    begun = read(flow, {"first": DONE, "second": [Mapped(n_map_states=2), DONE, Success()]})
    assert begun == {"first": {None: "first -1"}, "second": {0: "second 0"}}


@pytest.mark.parametrize("children", [[DONE], [DONE, Running()]])
def test_a_mapped_task_has_ended_with_all_its_children(flow, children):
    states = {"first": DONE, "second": [Mapped(n_map_states=2), *children], "third": Failed(), "fourth": Cached()}
    assert read(flow, states) == {"first": {None: "first -1"}}


def test_nothing_is_read_for_a_run_that_has_ended(flow):
    assert read(flow, {"first": DONE, "second": [Mapped(n_map_states=1), DONE], "third": DONE, "fourth": DONE}) == {}
